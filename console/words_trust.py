"""Words of the page on which the team's devices learn to trust this server; each (Indonesian, English)."""

WORDS: dict[str, tuple[str, str]] = {
    "error.STAFF_NETWORK_ONLY": (
        "Halaman ini hanya terbuka dari jaringan tim. Pindah ke Wi-Fi tim, lalu muat ulang.",
        "This page opens from the team's network only. Join the team's Wi-Fi, then reload.",
    ),
    "error.HTTPS_ONLY": (
        "Halaman ini hanya terbuka di alamat aman (https).",
        "This page opens at the secure address (https) only.",
    ),
    "trust.title": ("Sambungan aman untuk perangkat tim", "A secure connection for the team's devices"),
    "trust.lead": (
        "Kamera, kiosk, dan konsol butuh sambungan aman. Setiap tablet dan laptop tim disiapkan sekali saja.",
        "Camera, kiosk and console need a secure connection. Each device of the team is set up once.",
    ),
    "trust.guests": (
        "Hanya untuk perangkat tim. Tamu tidak perlu memasang apa pun.",
        "For the team's own devices only. Guests have nothing to install.",
    ),
    "trust.checking": (
        "Memeriksa apakah perangkat ini sudah percaya…",
        "Checking whether this device trusts us already…",
    ),
    "trust.already": (
        "Perangkat ini sudah siap. Alamat amannya terbuka tanpa peringatan.",
        "This device is ready. The secure address opens without a warning.",
    ),
    "trust.going": (
        "Perangkat ini sudah siap. Membuka halamannya…",
        "This device is ready. Opening the page…",
    ),
    "trust.notYet": (
        "Perangkat ini belum siap. Ikuti tiga langkah di bawah.",
        "This device is not ready yet. Follow the three steps below.",
    ),
    "trust.steps": ("Tiga langkah", "Three steps"),
    "trust.device": ("Perangkat", "Device"),
    "trust.android": ("Android", "Android"),
    "trust.ipad": ("iPad, iPhone", "iPad, iPhone"),
    "trust.windows": ("Windows", "Windows"),
    "trust.mac": ("macOS", "macOS"),
    "trust.download": ("Unduh sertifikat", "Download the certificate"),
    "trust.install": ("Pasang", "Install it"),
    "trust.open": ("Buka alamat aman", "Open the secure address"),
    "trust.downloadAndroid": ("Berkasnya masuk ke folder Download.", "The file lands in your downloads."),
    "trust.downloadIpad": (
        "Buka halaman ini di Safari, unduh, lalu sentuh Izinkan.",
        "Open this page in Safari, download, then touch Allow.",
    ),
    "trust.downloadWindows": ("Berkasnya masuk ke folder Unduhan.", "The file lands in your downloads."),
    "trust.downloadMac": ("Berkasnya masuk ke folder Unduhan.", "The file lands in your downloads."),
    "trust.installAndroid": (
        "Buka Setelan, cari “sertifikat CA”, lalu pilih Sertifikat CA → Tetap instal → photobot-ca.crt.",
        "Open Settings, search for “CA certificate”, then CA certificate → Install anyway → photobot-ca.crt.",
    ),
    "trust.installIpad": (
        "Buka Pengaturan → Profil Diunduh → Instal. Lalu Umum → Mengenai → Pengaturan Kepercayaan "
        "Sertifikat: nyalakan “photobot”.",
        "Open Settings → Profile Downloaded → Install. Then General → About → Certificate Trust Settings: "
        "switch “photobot” on.",
    ),
    "trust.installWindows": (
        "Buka berkasnya → Instal Sertifikat → Komputer Lokal → Tempatkan semua sertifikat di: "
        "Otoritas Sertifikasi Akar Tepercaya.",
        "Open the file → Install Certificate → Local Machine → Place all certificates in: "
        "Trusted Root Certification Authorities.",
    ),
    "trust.installMac": (
        "Buka berkasnya, pilih rantai kunci Sistem. Klik ganda “photobot” → Kepercayaan → Selalu Percayai.",
        "Open the file, choose the System keychain. Double-click “photobot” → Trust → Always Trust.",
    ),
    "trust.openHint": (
        "Jika masih ada peringatan, tutup dan buka lagi browsernya.",
        "If there still is a warning, close the browser and open it again.",
    ),
    "trust.openPage": ("Buka konsol", "Open the console"),
    "trust.openWanted": ("Buka halamannya", "Open the page"),
    "trust.openKiosk": ("Buka kiosk", "Open the kiosk"),
    "trust.fingerprint": ("Sidik jari sertifikat", "The certificate's fingerprint"),
    "trust.fingerprintWhy": (
        "Sama dengan yang tercetak di layar “photobot up”? Kalau tidak, jangan pasang.",
        "Is it the one that “photobot up” printed? If not, do not install it.",
    ),
    "trust.scan": ("Buka di tablet", "Open it on a tablet"),
    "trust.qr": ("QR alamat halaman ini", "QR of this page's address"),
}
