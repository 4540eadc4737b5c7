"""What a page cuts off: text that reaches beyond the box it stands in, or beyond the screen.

Text that may be cut and says so (an ellipsis, a clamp) is no fault here, nor what scrolling brings into view.
"""

from playwright.sync_api import Page

FIND = """
(root) => {
  const found = [];
  const seen = (node) => { const style = getComputedStyle(node); return style.visibility !== 'hidden' && style.display !== 'none' && Number(style.opacity) > .1; };
  const walker = document.createTreeWalker(root ? document.querySelector(root) : document.body, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    if (!text.data.trim() || !text.parentElement?.checkVisibility() || !seen(text.parentElement)) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    const box = range.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) continue;
    let cutBy = '', free = false;
    for (let one = text.parentElement; one && one !== document.body && !cutBy; one = one.parentElement) {
      const style = getComputedStyle(one);
      free = style.clipPath !== 'none' || style.textOverflow === 'ellipsis' || style.webkitLineClamp !== 'none' || /auto|scroll/.test(style.overflowX + style.overflowY);
      if (free) break;
      const edge = one.getBoundingClientRect();
      if (style.overflowX !== 'visible' && (box.right > edge.right + 1 || box.left < edge.left - 1)) cutBy = one.className || one.tagName;
      if (style.overflowY !== 'visible' && (box.bottom > edge.bottom + 2 || box.top < edge.top - 2)) cutBy = one.className || one.tagName;
    }
    if (!cutBy && !free && (box.right > innerWidth + 1 || box.left < -1)) cutBy = 'the screen';
    if (cutBy) found.push(`"${text.data.trim().slice(0, 60)}" is cut by ${cutBy}`);
  }
  return [...new Set(found)];
}
"""  # noqa: E501


def cut(page: Page, root: str = "") -> list[str]:
    """The texts that are cut off, each with what cuts it."""
    return list(page.evaluate(FIND, root))
