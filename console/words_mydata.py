"""Words of the guest's page: comparing, waiting, another style, their data; each (Indonesian, English)."""

WORDS: dict[str, tuple[str, str]] = {
    # ---- before and after -------------------------------------------------------------------------------
    "guest.before": ("Sebelum", "Before"),
    "guest.after": ("Sesudah", "After"),
    "guest.compare": (
        "Geser untuk membandingkan foto asli dan hasilnya",
        "Slide to compare the photo with the result",
    ),
    "guest.compareAt": ("{n} persen foto asli terlihat", "{n} per cent of the original photo shows"),
    # ---- how long it takes ------------------------------------------------------------------------------
    "turn.next": ("Kamu yang berikutnya", "You are next"),
    "turn.one": ("1 orang sebelum kamu", "1 person before you"),
    "turn.ahead": ("{n} orang sebelum kamu", "{n} {n:person|people} before you"),
    "turn.soon": ("Sekitar 1 menit lagi", "About a minute or less"),
    "turn.minutes": ("Sekitar {n} menit lagi", "About {n} {n:minute|minutes} to go"),
    "turn.ready": ("Siap sekitar {n} menit lagi", "Ready in about {n} {n:minute|minutes}"),
    "turn.readySoon": ("Siap sekitar 1 menit lagi", "Ready in about a minute"),
    # ---- sending it on ----------------------------------------------------------------------------------
    "guest.venueOnly": (
        "Tautan ini hanya terbuka di Wi-Fi acara. Untuk teman di luar, simpan fotonya lalu kirim.",
        "This link opens on the event's Wi-Fi only. For friends elsewhere, save the photo and send it.",
    ),
    # ---- another style ----------------------------------------------------------------------------------
    "guest.style": ("Coba gaya lain", "Try another style"),
    "guest.styleLeft": ("Masih bisa {n} gaya lagi", "{n} more to choose"),
    "guest.styleAsk": ("Buat gaya {style}", "Make it in {style}"),
    "guest.styleAsked": ("Gaya {style} sedang dibuat", "{style} is being made"),
    # ---- my data ----------------------------------------------------------------------------------------
    "guest.data": ("Data saya", "My data"),
    "guest.dataLead": ("Inilah semua yang kami simpan tentangmu.", "This is all we keep about you."),
    "guest.dataName": ("Nama", "Name"),
    "guest.dataPhone": ("WhatsApp", "WhatsApp"),
    "guest.dataPhotos": ("Foto", "Photos"),
    "guest.dataPhotosHeld": ("{photos} foto, {pictures} hasil", "{photos} taken, {pictures} made"),
    "guest.dataUntil": ("Disimpan sampai", "Kept until"),
    "guest.consents": ("Izinmu", "What you allow"),
    "guest.consent_photo": ("Difoto dan diberi gaya", "Taking and styling the photo"),
    "guest.consent_photoHint": (
        "Perlu untuk membuat fotomu. Untuk menarik izin ini, hapus datamu di bawah.",
        "Needed to make your photo. To take it back, erase your data below.",
    ),
    "guest.consent_wall": ("Tampil di layar acara", "Showing it on the event's screen"),
    "guest.consent_wallHint": (
        "Tidak wajib. Bisa kamu ubah kapan saja.",
        "Up to you. You can change it at any time.",
    ),
    "guest.consentNeeded": ("Perlu", "Needed"),
    "guest.consentOn": ("Boleh", "Yes"),
    "guest.consentOff": ("Jangan", "No"),
    # ---- erasing ----------------------------------------------------------------------------------------
    "guest.erase": ("Hapus semua data saya", "Erase all my data"),
    "guest.eraseTitle": ("Hapus semua sekarang?", "Erase everything now?"),
    "guest.eraseGoes": ("Yang hilang untuk selamanya:", "This goes for good:"),
    "guest.eraseGoes1": ("nama dan nomor WhatsApp-mu", "your name and your WhatsApp number"),
    "guest.eraseGoes2": (
        "semua foto dan hasilnya, juga yang sedang dibuat",
        "all your photos and pictures, also those being made",
    ),
    "guest.eraseGoes3": (
        "halaman ini: tautan dan QR-mu tidak membukanya lagi",
        "this page: your link and QR will not open it any more",
    ),
    "guest.eraseStays": (
        "Foto yang sudah kamu simpan atau kirim tetap ada padamu dan temanmu. Simpan dulu bila masih mau.",
        "Pictures you saved or sent stay with you and your friends. Save them first if you want them.",
    ),
    "guest.eraseNow": ("Ya, hapus semua", "Yes, erase everything"),
    "guest.eraseNot": ("Jangan dihapus", "Keep my data"),
    "guest.erasing": ("Menghapus…", "Erasing…"),
    "guest.erased": ("Datamu sudah dihapus", "Your data is erased"),
    "guest.erasedHint": ("Simpan nomor ini sebagai buktinya.", "Keep this number as your receipt."),
    "guest.receipt": ("Tanda terima", "Receipt"),
    "guest.receiptNumber": ("Nomor", "Number"),
    "guest.receiptEvent": ("Acara", "Event"),
    "guest.receiptAsked": ("Diminta", "Asked"),
    "guest.receiptDone": ("Terhapus seluruhnya", "All of it gone"),
    "guest.receiptPending": (
        "Nama dan nomormu sudah hilang. Berkas foto sedang dihapus; ini selesai sendiri.",
        "Your name and number are gone. The photo files are being removed; this finishes by itself.",
    ),
    "guest.receiptWhat": ("Yang dihapus", "What went"),
    "guest.receiptHeld": (
        "Nama, nomor, {photos} foto, {pictures} hasil",
        "Name, number, {photos} taken, {pictures} made",
    ),
    "guest.receiptCamera": (
        "Berkas asli di kamera dihapus oleh panitia. Sebutkan nomor ini bila bertanya.",
        "The team removes the files left on its cameras. Mention this number when you ask.",
    ),
    "guest.receiptOutside": (
        "Layanan luar yang membuat gayanya menghapus salinannya menurut aturannya sendiri.",
        "The outside service that made the style removes its copy by its own rules.",
    ),
    "guest.receiptPrint": ("Cetak atau simpan", "Print or save"),
}
