"""Words of how a booth's camera laptop is, on pills, tiles and its page; each (Indonesian, English)."""

WORDS: dict[str, tuple[str, str]] = {
    "watcher.online": ("Kamera siap", "Camera ready"),
    "watcher.offline": ("Kamera terputus", "Camera offline"),
    "watcher.offlineSince": ("Kamera terputus · {n}", "Camera offline · {n}"),
    "watcher.stoppedSince": ("Kamera dihentikan · {n}", "Camera stopped · {n}"),
    "watcher.never": ("Belum ada laptop kamera", "No camera laptop yet"),
    "watcher.waiting": ("{load} antre", "{load} waiting"),
    "health.title": ("Laptop kamera", "Camera laptop"),
    "health.files": ("{n} berkas · {size}", "{n} {n:file|files} · {size}"),
    "health.oneFile": ("1 berkas · {size}", "1 file · {size}"),
    "health.offlineSince": ("Kamera terputus sejak {time} ({n})", "Camera offline since {time} ({n})"),
    "health.stoppedSince": (
        "Watcher dihentikan orang sejak {time} ({n})",
        "The watcher was stopped by a person at {time} ({n} ago)",
    ),
    "health.nothing": ("tidak ada", "nothing"),
    "health.oldest": ("tertua sudah {n}", "the oldest for {n}"),
    "health.becauseOffline": (
        "menunggu di laptop kamera saat terakhir terdengar",
        "waiting on the camera laptop when last heard",
    ),
    "health.perSecond": ("{size} per detik", "{size} a second"),
    "health.ago": ("{time}, {n} lalu", "{time}, {n} ago"),
    "health.tight": ("Sisa disk {size}", "{size} disk left"),
    "health.SERVER_AWAY": ("Foto tertahan", "Photos are held up"),
    "health.heldUp": ("{load} tertahan", "{load} held up"),
    "health.SLOW_LINE": ("Jaringan lambat", "Slow network"),
    "health.DISK_FULL": ("Disk laptop penuh", "Laptop's disk is full"),
    "health.FOLDER_AWAY": ("Folder kamera hilang", "Camera folder is missing"),
    "health.FOLDER_TAKEN": ("Folder dipakai watcher lain", "Folder is another watcher's"),
    "health.TOKEN_REFUSED": ("Token ditolak", "Token refused"),
    "health.SERVER_BUSY": ("Server sibuk", "Server is busy"),
    "healthBecause.SERVER_AWAY": ("karena server tidak terjangkau", "because the server cannot be reached"),
    "healthBecause.SLOW_LINE": ("karena jaringannya lambat", "because the network is slow"),
    "healthBecause.DISK_FULL": ("karena disk laptop penuh", "because the laptop's disk is full"),
    "healthBecause.FOLDER_AWAY": ("karena folder kamera hilang", "because the camera folder is missing"),
    "healthBecause.FOLDER_TAKEN": (
        "karena folder kamera dipakai watcher lain",
        "because another watcher works on the camera folder",
    ),
    "healthBecause.TOKEN_REFUSED": ("karena tokennya ditolak", "because its token is refused"),
    "healthBecause.SERVER_BUSY": ("karena server sedang sibuk", "because the server is busy"),
    "healthStep.online": (
        "Semua foto sudah sampai. Laptop kamera baik-baik saja.",
        "Every photo has arrived. The camera laptop needs nothing.",
    ),
    "healthStep.coming": (
        "{n} berkas masih masuk; yang lain sudah sampai.",
        "{n} {n:file is|files are} still coming in; all others have arrived.",
    ),
    "healthStep.broken": (
        "Semua foto yang terbaca sudah sampai. Berkas bermasalah ada di baki.",
        "Every photo that can be read has arrived. Files with a problem are in the tray.",
    ),
    "healthStep.never": (
        "Pasang photobot watcher di laptop kamera, lalu jalankan.",
        "Set up the photobot watcher on the camera laptop and start it.",
    ),
    "healthStep.offline": (
        "Lihat laptop kamera: menyala, tersambung ke jaringan, watcher berjalan, tokennya masih berlaku? "
        "Foto tetap aman di sana.",
        "Look at the camera laptop: is it on, on the network, its watcher running, is its token still valid? "
        "Photos are safe there.",
    ),
    "healthStep.stopped": (
        "Seseorang menghentikan watcher di laptop kamera. Jalankan lagi di sana kalau dibutuhkan.",
        "Somebody stopped the watcher on the camera laptop. Start it there again when it is needed.",
    ),
    "healthStep.waiting": (
        "Foto sedang dikirim, satu demi satu. Tidak ada yang perlu dilakukan.",
        "Photos are being sent, one after another. There is nothing to do.",
    ),
    "healthStep.late": (
        "Pengiriman tertinggal. Periksa jaringan laptop kamera; kabel lebih cepat dari Wi-Fi.",
        "Sending has fallen behind. Check the laptop's network; a cable is faster than Wi-Fi.",
    ),
    "healthStep.tight": (
        "Kosongkan ruang di laptop kamera, misalnya hapus isi folder processed yang lama.",
        "Make room on the camera laptop, for instance by deleting old files in the folder processed.",
    ),
    "healthStep.SERVER_AWAY": (
        "Foto aman di laptop kamera dan dikirim sendiri nanti. Kalau lama, periksa jaringan ke server.",
        "Photos are safe on the laptop and go by themselves later. If it lasts, check the way to the server.",
    ),
    "healthStep.SLOW_LINE": (
        "Versi kecil dikirim dulu supaya foto tetap diproses; aslinya menyusul. Kabel lebih cepat.",
        "Small versions go first so that work goes on; originals follow. A cable is faster.",
    ),
    "healthStep.DISK_FULL": (
        "Kosongkan ruang di laptop kamera sekarang: foto baru tidak bisa disimpan.",
        "Make room on the camera laptop now: new photos cannot be saved.",
    ),
    "healthStep.FOLDER_AWAY": (
        "Sambungkan lagi disk atau buat lagi folder kamera di laptop kamera.",
        "Plug the disk back in or make the camera folder again on the camera laptop.",
    ),
    "healthStep.FOLDER_TAKEN": (
        "Di laptop kamera ada watcher kedua pada folder yang sama. Hentikan salah satunya.",
        "A second watcher works on the same folder of the camera laptop. Stop one of them.",
    ),
    "healthStep.TOKEN_REFUSED": (
        "Buat token baru di halaman laptop kamera dan pasang di laptopnya.",
        "Make a new token on the camera laptop's page and put it on the laptop.",
    ),
    "healthStep.SERVER_BUSY": (
        "Server sedang sibuk; foto dikirim lagi sebentar lagi. Tidak ada yang perlu dilakukan.",
        "The server is busy; photos are sent again in a moment. There is nothing to do.",
    ),
    "health.waits": ("Antre", "Waiting"),
    "health.lastShot": ("Foto terakhir", "Last shot"),
    "health.noShot": ("belum ada", "none yet"),
    "health.free": ("Sisa disk", "Disk left"),
    "health.host": ("Komputer", "Computer"),
    "health.folder": ("Folder", "Folder"),
    "health.version": ("Versi watcher", "Watcher version"),
    "health.heard": ("Terakhir terdengar", "Last heard"),
    "health.speed": ("Kecepatan kirim", "Sending speed"),
    "health.now": ("baru saja", "just now"),
    "health.unknown": ("belum diketahui", "not known yet"),
    "health.open": ("Buka halaman laptop kamera", "Open the camera laptop's page"),
}
