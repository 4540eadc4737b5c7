"""Words of the camera laptop's page: watcher, tokens, clocks, switches; each (Indonesian, English)."""

WORDS: dict[str, tuple[str, str]] = {
    "laptop.watcher": ("Watcher", "Watcher"),
    "laptop.rescan": ("Periksa ulang folder", "Look through the folder again"),
    "laptop.rescanHint": (
        "Kalau ada foto di folder kamera yang belum muncul di sini.",
        "If a photo in the camera folder has not come up here.",
    ),
    "laptop.rescanOffline": (
        "Watcher tidak tersambung; begitu berjalan, folder diperiksa dengan sendirinya.",
        "The watcher is offline; it looks through the folder by itself when it starts.",
    ),
    "laptop.rescanAsked": ("Diminta pukul {time}.", "Asked at {time}."),
    "laptop.rescanFound": ("Berkas baru sejak itu: {n}.", "New files since then: {n}."),
    "laptop.rescanNothing": ("Belum ada berkas baru sejak itu.", "No new file since."),
    # ---- tokens -----------------------------------------------------------------------------------------
    "laptop.tokens": ("Token", "Tokens"),
    "laptop.tokensHint": (
        "Dengan token, laptop kamera boleh mengirim foto ke booth ini. Satu laptop, satu token.",
        "With a token a camera laptop may send photos to this booth. One laptop, one token.",
    ),
    "laptop.supervisorsOnly": (
        "Token hanya terlihat oleh supervisor dan administrator.",
        "Only supervisors and administrators see tokens.",
    ),
    "laptop.tokenLabel": ("Untuk laptop mana?", "For which laptop?"),
    "laptop.makeToken": ("Buat token", "Make a token"),
    "laptop.noLabel": ("Tanpa nama", "No name"),
    "laptop.noTokens": (
        "Belum ada token. Buat satu untuk laptop kamera booth ini.",
        "No token yet. Make one for this booth's camera laptop.",
    ),
    "laptop.noTokenStep": (
        "Booth ini tidak punya token, jadi tidak ada laptop yang bisa tersambung. Buat token di halaman ini.",
        "This booth has no token, so no laptop can connect. Make one on this page.",
    ),
    "laptop.tokenUsed": ("Dipakai {when}", "Used {when}"),
    "laptop.tokenUnused": ("Belum pernah dipakai", "Never used"),
    "laptop.tokenMade": ("Dibuat {by}, {time}", "Made by {by}, {time}"),
    "laptop.newToken": ("Token baru", "New token"),
    "laptop.onlyOnce": (
        "Token ini hanya terlihat sekali ini. Simpan sebelum menutup.",
        "This token is shown this once. Keep it before you close.",
    ),
    "laptop.onLaptop": ("Jalankan di laptop kamera", "Start it on the camera laptop"),
    "laptop.byFile": ("Dengan berkas token", "With a token file"),
    "laptop.byLine": ("Dalam satu baris", "In one line"),
    "laptop.byFileHint": (
        "Simpan berkas ini di laptop kamera, lalu jalankan baris di bawah dari folder yang sama. "
        "Ganti hotfolder dengan folder tempat kamera menyimpan foto.",
        "Save this file on the camera laptop, then run the line below in the same folder. "
        "Put the camera's own folder where it says hotfolder.",
    ),
    "laptop.byLineHint": (
        "Jalankan di terminal laptop kamera. Ganti hotfolder dengan folder tempat kamera menyimpan foto.",
        "Run it in the camera laptop's terminal. Put the camera's own folder where it says hotfolder.",
    ),
    "laptop.copy": ("Salin", "Copy"),
    "laptop.copied": ("Disalin", "Copied"),
    "laptop.revoke": ("Cabut", "Revoke"),
    "laptop.revokeTitle": ("Cabut token {label}?", "Revoke the token {label}?"),
    "laptop.revokeWords": (
        "Laptop yang memakainya terputus dalam beberapa detik dan perlu token baru, tanpa bisa diurungkan. "
        "Foto di laptop itu tetap aman.",
        "The laptop that uses it is cut off within seconds and needs a new token. This cannot be undone. "
        "Photos on that laptop stay safe.",
    ),
    "laptop.revokeYes": ("Cabut token", "Revoke the token"),
    "laptop.keep": ("Biarkan", "Keep it"),
    "laptop.revoked": ("Token {label} dicabut", "Token {label} revoked"),
    "laptop.inTray": (
        "{n} foto menunggu tamunya di baki.",
        "{n} photos wait in the tray for their guest.",
    ),
    "laptop.inTrayOne": (
        "Satu foto menunggu tamunya di baki.",
        "One photo waits in the tray for its guest.",
    ),
    "laptop.brokenInTray": (
        "{n} berkas bermasalah ada di baki.",
        "{n} {n:file|files} with a problem {n:is|are} in the tray.",
    ),
    "laptop.openTray": ("Buka baki", "Open the tray"),
    # ---- cameras and their clocks -----------------------------------------------------------------------
    "laptop.cameras": ("Kamera dan jamnya", "Cameras and their clocks"),
    "laptop.camerasHint": (
        "Jam kamera menentukan pemilik foto yang terlambat masuk.",
        "A camera's clock tells whose a photo is that comes in late.",
    ),
    "laptop.moreCameras": ("{n} kamera lagi", "{n} more {n:camera|cameras}"),
    "laptop.oneMoreCamera": ("1 kamera lagi", "1 more camera"),
    "laptop.noCameras": (
        "Belum ada kamera. Kamera muncul di sini setelah foto pertamanya.",
        "No camera yet. One comes up here with its first photo.",
    ),
    "laptop.clockRight": ("Jamnya tepat", "Its clock is right"),
    "laptop.clockBehind": ("Jamnya terlambat {n}", "Its clock is {n} behind"),
    "laptop.clockAhead": ("Jamnya lebih cepat {n}", "Its clock is {n} ahead"),
    "laptop.clockMeasured": ("diukur dari foto", "measured from photos"),
    "laptop.clockByHand": ("diatur manual", "set by hand"),
    "laptop.clockUnknown": (
        "Belum diketahui, diukur dari foto ({n} sejauh ini)",
        "Not known yet, being measured from photos ({n} so far)",
    ),
    "laptop.clockAgainst": (
        "Foto terbaru berselisih {n}. Atur lagi.",
        "New photos say otherwise, by {n}. Set it again.",
    ),
    "laptop.setClock": ("Atur jam", "Set"),
    "laptop.forgetClock": ("Ukur ulang", "Measure again"),
    "laptop.clockForgotten": (
        "Jam kamera diukur lagi dari foto berikutnya",
        "The clock is measured again from the next photos",
    ),
    "laptop.clockTitle": ("Jam {camera}", "Clock of {camera}"),
    "laptop.clockHow": (
        "Lihat jam di layar kamera. Tulis waktu yang segera ditunjukkannya, lalu tekan tepat saat itu.",
        "Look at the clock on the camera's screen. Type a time it shows in a moment, and press just then.",
    ),
    "laptop.clockShows": ("Jam kamera menunjukkan", "The camera's clock shows"),
    "laptop.clockDay": ("Tanggalnya", "Its date"),
    "laptop.serverTime": ("Jam server: {time}", "The server's clock: {time}"),
    "laptop.clockNow": ("Sekarang kamera menunjukkan ini", "The camera shows this now"),
    # ---- the event's switches ---------------------------------------------------------------------------
    "laptop.event": ("Acara", "Event"),
    "laptop.perGuest": ("Foto per tamu", "Photos per guest"),
    "laptop.perGuestOne": (
        "Foto pertama diproses; berikutnya menunggu di baki.",
        "The first is processed; more wait in the tray.",
    ),
    "laptop.perGuestMany": ("Setiap foto tamu diproses.", "Every photo of a guest is processed."),
    "laptop.one": ("Satu", "One"),
    "laptop.many": ("Banyak", "Many"),
    "laptop.keepRaw": ("Simpan berkas RAW", "Keep RAW files"),
    "laptop.keepRawOn": (
        "RAW ikut dikirim dan disimpan di samping fotonya.",
        "RAW files are sent, too, and kept beside their photos.",
    ),
    "laptop.keepRawOff": ("RAW tetap di laptop kamera saja.", "RAW files stay on the camera laptop only."),
    "laptop.yes": ("Ya", "Yes"),
    "laptop.no": ("Tidak", "No"),
    "laptop.saved": ("Tersimpan", "Saved"),
    "laptop.adminsOnly": (
        "Hanya administrator yang bisa mengubahnya.",
        "Only administrators can change this.",
    ),
}
