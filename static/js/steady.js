/** Keeps an open page as it is when the server goes away and comes back. */

/**
 * NiceGUI's own socket only carries changes the server makes to a page, and it makes none to ours. A restarted
 * server does not know that socket's page any more, and NiceGUI would then load the page again: a picture not
 * yet sent and everything typed would be gone. So that socket is not opened a second time; the board's is.
 */
export function stayPut() {
  if (window.socket?.io) window.socket.io.reconnection(false);
  else setTimeout(stayPut, 50);
}
