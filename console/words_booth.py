"""Words of the booth page: photos that wait in the browser, scanning, keys. (Indonesian, English)."""

WORDS: dict[str, tuple[str, str]] = {
    # ---- webcam -----------------------------------------------------------------------------------------
    "camera.unkept": (
        "Penyimpanan browser penuh: foto ini hanya ada di halaman ini. Jangan tutup sebelum terkirim.",
        "The browser's storage is full: this photo is on this page only. Do not close it before it is sent.",
    ),
    "camera.mirror": ("Cermin", "Mirror"),
    "camera.mirrorHint": (
        "Pratinjau seperti cermin; fotonya tidak dibalik",
        "The preview is like a mirror; the photo is not turned",
    ),
    "camera.burst": ("3 foto", "Burst of 3"),
    "camera.burstHint": ("Ambil tiga foto, lalu pilih satu", "Take three photos, then pick one"),
    "camera.burstLeft": ("Foto {n} dari 3", "Photo {n} of 3"),
    "camera.pick": ("Pilih foto", "Pick a photo"),
    "camera.pickOne": ("Foto {n}", "Photo {n}"),
    "camera.byItself": ("Kirim otomatis", "Auto-send"),
    "camera.byItselfHint": (
        "Foto dikirim sendiri setelah 4 detik, kecuali ditahan atau diulang",
        "A photo is sent by itself after 4 seconds, unless it is held or retaken",
    ),
    "camera.hold": ("Tahan ({n})", "Hold ({n})"),
    "camera.forOther": ("Untuk {name}", "For {name}"),
    # ---- photos that wait in this browser ---------------------------------------------------------------
    "uploads.count": ("{n} belum terkirim", "{n} not sent yet"),
    "uploads.notYet": ("belum terkirim", "not sent yet"),
    "uploads.title": ("Lanjutkan pengiriman", "Resume uploads"),
    "uploads.lead": (
        "Tersimpan di browser ini dan dikirim sendiri, juga setelah halaman dimuat ulang.",
        "Kept in this browser and sent by themselves, also after a reload.",
    ),
    "uploads.empty": ("Semua foto sudah terkirim.", "Every photo is sent."),
    "uploads.turn": ("Menunggu giliran.", "Waits for its turn."),
    "uploads.left": (
        "Belum dikirim sebelum halamannya tertutup.",
        "Was not sent before its page was closed.",
    ),
    "uploads.againIn": ("Dicoba lagi dalam {n} dtk.", "Tried again in {n} s."),
    "uploads.againNow": ("Segera dicoba lagi.", "Tried again now."),
    "uploads.retry": ("Kirim lagi", "Send again"),
    "uploads.delete": ("Hapus foto", "Delete the photo of"),
    "uploads.deleted": ("Foto {name} dihapus", "{name}'s photo is deleted"),
    "uploads.nobody": ("tanpa tamu", "nobody"),
    "uploads.look": ("Lihat", "Look"),
    "uploads.waits": (
        "Foto {name} tersimpan di sini dan dikirim sendiri nanti",
        "{name}'s photo is kept here and sent by itself later",
    ),
    "uploads.slow": (
        "Foto {name} masih dikirim. Lanjutkan memotret.",
        "{name}'s photo is still being sent. Go on shooting.",
    ),
    "uploads.refused": ("Foto {name} ditolak server", "The server refused {name}'s photo"),
    "uploads.forGuest": ("Untuk {name}", "For {name}"),
    "uploads.full": (
        "Terlalu banyak foto yang belum terkirim. Kirim atau hapus dulu.",
        "Too many photos are not sent yet. Send or delete some first.",
    ),
    "uploads.stale": (
        "Sudah terlalu lama untuk dikirim sendiri.",
        "Too old to be sent by itself.",
    ),
    "uploads.stepStale": (
        "Lihat dulu apakah tamunya sudah menerima foto ini.",
        "Look first whether the guest has this photo already.",
    ),
    "uploads.step.SESSION_EXPIRED": (
        "Minta tamunya mendaftar lagi dan aktifkan, lalu pilih “Untuk …”.",
        "Ask the guest to register again, activate them, then choose “For …”.",
    ),
    "uploads.step.SESSION_NOT_FOUND": (
        "Aktifkan tamunya, lalu pilih “Untuk …”.",
        "Activate the guest, then choose “For …”.",
    ),
    "uploads.step.STYLE_DISABLED": (
        "Nyalakan lagi gayanya, lalu kirim lagi.",
        "Switch the style on again, then send it again.",
    ),
    "uploads.step.BOOTH_AT_OTHER_EVENT": (
        "Booth sudah pindah acara. Minta supervisor mengembalikannya, lalu kirim lagi.",
        "The booth stands at another event. Ask a supervisor to move it back, then send it again.",
    ),
    "uploads.step.ROLE_TOO_LOW": (
        "Masuk dengan akun yang boleh di acara ini, lalu kirim lagi.",
        "Sign in with an account of this event, then send it again.",
    ),
    "uploads.step.OTHER": (
        "Foto ulang tamunya, lalu hapus foto ini. Atau kirim lagi setelah sebabnya beres.",
        "Photograph the guest again and delete this one, or send it again once the cause is mended.",
    ),
    "uploads.others": (
        "{n} foto acara lain juga menunggu di browser ini. Buka booth acara itu untuk mengirimnya.",
        "{n} {n:photo|photos} of another event {n:waits|wait} here, too. "
        "Open a booth of that event to send {n:it|them}.",
    ),
    "uploads.lost": ("Server terputus sejak {time}.", "No server since {time}."),
    "uploads.lostHint": (
        "Terus memotret: foto tersimpan dan dikirim sendiri.",
        "Go on shooting: photos are kept and sent by themselves.",
    ),
    # ---- people -----------------------------------------------------------------------------------------
    "people.relieved": ("{old} selesai, sekarang {name}", "{old} is through, now {name}"),
    "people.away": ("Difoto tanpa server", "Photographed without a server"),
    "people.all": ("Semua", "All"),
    "people.chip.registered": ("Antre", "In line"),
    "people.chip.waiting": ("Proses", "Making"),
    "people.chip.done": ("Jadi", "Ready"),
    "people.chip.failed": ("Gagal", "Failed"),
    "people.filter": ("Saring tamu", "Filter guests"),
    "people.none.registered": ("Tidak ada yang antre", "Nobody is in line"),
    "people.none.waiting": ("Tidak ada foto yang diproses", "No photo is being made"),
    "people.none.done": ("Belum ada foto yang jadi", "No photo is ready yet"),
    "people.none.failed": ("Tidak ada yang gagal", "Nothing has failed"),
    "people.elsewhere": ("Di {booth}", "At {booth}"),
    "people.otherBooth": ("booth lain", "another booth"),
    "people.tail": ("… {n}", "… {n}"),
    "people.scan": ("Pindai QR dengan kamera", "Scan a QR with the camera"),
    "people.scanTitle": ("Pindai QR tamu", "Scan a guest's QR"),
    "people.scanHint": (
        "Tunjukkan kode QR tamu ke kamera, kira-kira selebar separuh gambar.",
        "Hold the guest's QR code before the camera, about half the picture wide.",
    ),
    "people.scanNothing": (
        "Tidak ada kode yang terlihat. Dekatkan kodenya, atau ketik saja.",
        "No code was seen. Hold it closer, or type it.",
    ),
    # ---- job cards --------------------------------------------------------------------------------------
    "jobs.about": ("Sekitar {n} lagi", "About {n} more"),
    "jobs.longer": ("Lebih lama dari biasanya", "Longer than usual"),
    "jobs.shootAgain": ("Foto ulang", "Shoot again"),
    # ---- keys -------------------------------------------------------------------------------------------
    "keys.title": ("Tombol", "Keys"),
    "keys.code": ("kode", "code"),
    "keys.scan": ("pindai QR", "scan QR"),
    "keys.shoot": ("ambil foto", "take photo"),
    "keys.retake": ("ulang", "retake"),
    "keys.send": ("kirim", "send"),
    "keys.end": ("akhiri sesi", "end session"),
    "keys.give": ("beri foto", "give photo"),
    "keys.another": ("tamu lain", "another guest"),
    "keys.away": ("sisihkan", "put away"),
    "keys.step": ("geser", "browse"),
    "keys.tray": ("baki", "tray"),
    "keys.mode": ("webcam/pro", "webcam/pro"),
    "keys.style": ("gaya", "style"),
    "keys.again": ("ulangi gagal", "retry failed"),
    "keys.unsent": ("belum terkirim", "not sent"),
    "keys.all": ("semua tombol", "all keys"),
    "help.scan": ("Pindai QR dengan kamera", "Scan a QR with the camera"),
    "help.hold": ("Tahan, jangan kirim dulu", "Hold, do not send yet"),
    "help.uploads": ("Foto yang belum terkirim", "Photos that are not sent yet"),
}
