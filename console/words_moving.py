"""A picture on the wrong guest's page, put right: (Indonesian, English)."""

WORDS: dict[str, tuple[str, str]] = {
    "move.ask": ("Salah tamu?", "Wrong guest?"),
    "move.title": ("Foto ini milik siapa?", "Whose photo is this?"),
    "move.says": (
        "Foto ini dan semua versinya langsung pindah dari halaman {name} ke halaman tamu yang dipilih; "
        "tautan foto yang sudah dibagikan tidak berlaku lagi.",
        "This photo, in all its versions, moves at once from {name}'s page to that of the guest you choose; "
        "links to it that were given out stop working.",
    ),
    "move.find": ("Nama, kode, atau 4 angka terakhir", "Name, code or last 4 digits"),
    "move.near": ("Di booth sekitar foto ini", "At the booth around this photo"),
    "move.found": ("Yang cocok", "Matches"),
    "move.before": ("sebelum foto ini", "before this photo"),
    "move.after": ("setelah foto ini", "after this photo"),
    "move.digits": ("nomor …{tail}", "number …{tail}"),
    "move.none": (
        "Tidak ada tamu yang cocok. Coba kode atau nomornya.",
        "No guest fits. Try their code or number.",
    ),
    "move.nobody": (
        "Belum ada tamu lain di sekitar foto ini. Ketik nama atau kodenya.",
        "No other guest was around this photo. Type a name or code.",
    ),
    "move.why": ("Alasan (boleh dilewati)", "Why (optional)"),
    "move.cancel": ("Batal", "Cancel"),
    "move.moving": ("Memindahkan…", "Moving…"),
    "move.done": ("Foto sekarang milik {name}", "The photo is {name}'s now"),
    "move.doneHint": (
        "Sudah tampil di halamannya dan hilang dari halaman {from}.",
        "It shows on their page and is gone from {from}'s.",
    ),
    "move.undoLast": ("Kembalikan ke {from}", "Give it back to {from}"),
    "move.undone": ("Foto kembali ke {name}", "The photo is {name}'s again"),
    "move.linkHint": (
        "{name} tidak punya foto lain. Kalau tautannya ikut terkirim ke orang lain, ganti tautannya.",
        "{name} has no other photo. If their link went to somebody else with it, replace the link.",
    ),
    "move.newLink": ("Beri {name} tautan baru", "Give {name} a new link"),
    "move.linkDone": (
        "Tautan lama {name} sudah ditutup.",
        "{name}'s old link is closed.",
    ),
    "move.showLink": ("Tampilkan tautan baru", "Show the new link"),
    "move.meanwhile": (
        "Foto ini baru saja dipindahkan ke {name} oleh petugas lain.",
        "Somebody else has just moved this photo to {name}.",
    ),
    "because.WRONG_CODE": ("Kode tertukar", "Codes mixed up"),
    "because.WRONG_TURN": ("Tamu sudah berganti", "The guest had changed"),
    "because.GUEST_SAID": ("Kata tamunya", "The guest said so"),
    "time.moved": ("Dipindah dari {from} ke {to} oleh {by}", "Moved from {from} to {to} by {by}"),
    "time.move_undone": ("Dikembalikan ke {to} oleh {by}", "Put back to {to} by {by}"),
    "error.MOVED_MEANWHILE": (
        "Foto ini sudah dipindahkan petugas lain. Lihat milik siapa sekarang, lalu pilih lagi.",
        "Somebody else has moved this photo. See whose it is now, then choose again.",
    ),
    "error.ALREADY_THEIRS": (
        "Foto ini memang milik tamu itu.",
        "This photo is this guest's already.",
    ),
    "error.MOVE_NOT_FOUND": (
        "Pemindahan ini tidak ditemukan. Muat ulang halaman.",
        "This move is not known. Reload the page.",
    ),
    "error.LINK_REPLACED": (
        "Tamu ini sudah mendapat tautan yang lebih baru.",
        "This guest has got a newer link since.",
    ),
}
