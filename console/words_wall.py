"""Words of the TV wall, for everybody in the hall: (Indonesian, English)."""

WORDS: dict[str, tuple[str, str]] = {
    "wall.title": ("Layar foto", "Photo wall"),
    "wall.empty": ("Foto-foto malam ini tampil di sini", "Tonight's photos appear here"),
    "wall.emptyHint": (
        "Hanya foto tamu yang mengizinkannya.",
        "Only photos whose guests said yes.",
    ),
    "wall.join": ("Mau ikut berfoto?", "Want a photo too?"),
    "wall.tablet": ("Daftar di tablet dekat booth", "Sign up on the tablet at the booth"),
    "wall.scan": ("Pindai untuk mendaftar", "Scan to sign up"),
    "wall.away": ("Sebentar ya, layar ini sedang menyambung lagi", "One moment, this screen is reconnecting"),
    "wall.over": ("Terima kasih sudah datang", "Thank you for coming"),
    "wall.overHint": ("Acara ini sudah selesai.", "This event is over."),
    "wall.none": ("Belum ada acara yang dibuka", "No event is open yet"),
    "wall.noneHint": ("Periksa alamat layar ini.", "Please check this screen's address."),
    "wall.choose": ("Layar acara yang mana?", "Which event's wall?"),
    "wall.fresh": ("Baru saja", "Just now"),
    "wall.photo": ("Foto tamu", "A guest's photo"),
}
