"""Words of the administration's forms, by model and field; each (Indonesian, English)."""

WORDS: dict[str, tuple[str, str]] = {
    "form.save": ("Simpan", "Save"),
    "form.on": ("Ya", "Yes"),
    "form.off": ("Tidak", "No"),
    "form.optional": ("(boleh kosong)", "(may stay empty)"),
    "form.choose": ("Pilih…", "Choose…"),
    "form.needed": ("Isi dulu bagian ini.", "Please fill this in."),
    "form.between": ("Isi angka {low} sampai {high}.", "Type a number from {low} to {high}."),
    "form.atLeast": ("Isi angka {low} atau lebih.", "Type a number, {low} or more."),
    "form.invalid": ("Isian ini belum benar.", "This is not right yet."),
    "form.noJson": (
        "Ini belum JSON yang utuh. Periksa kurung dan tanda kutipnya.",
        "This is not whole JSON yet. Check its brackets and quotes.",
    ),
    # ---- events -----------------------------------------------------------------------------------------
    "form.event.name": ("Nama acara", "Name of the event"),
    "form.event.slug": ("Alamat pendek", "Short address"),
    "form.event.slug.help": (
        "Huruf kecil, angka, dan tanda hubung. Dipakai di alamat kiosk dan tidak bisa diganti nanti.",
        "Small letters, digits and hyphens. It stands in the kiosk's address and cannot be changed later.",
    ),
    "form.event.startsOn": ("Tanggal", "Date"),
    "form.event.retentionDays": ("Foto disimpan (hari)", "Photos are kept (days)"),
    "form.event.retentionDays.help": (
        "Dihitung sejak tamu mendaftar. Sesudah itu datanya, halamannya, dan fotonya dihapus.",
        "Counted from a guest's registration. After that their data, page and photos are deleted.",
    ),
    "form.event.photosPerGuest": ("Foto per tamu", "Photos per guest"),
    "form.event.photosPerGuest.help": (
        "Satu: foto kedua dari kamera menunggu di baki.",
        "One: a second photo from the camera waits in the tray.",
    ),
    "form.event.photosPerGuest.one": ("Satu", "One"),
    "form.event.photosPerGuest.many": ("Banyak", "Many"),
    "form.event.keepRaw": ("Simpan berkas RAW", "Keep RAW files"),
    "form.event.keepRaw.help": (
        "RAW ikut dikirim dari laptop kamera. Perlu banyak tempat.",
        "RAW files are sent from the camera laptop, too. They take much room.",
    ),
    "form.event.extraStyles": ("Gaya tambahan per tamu", "Extra styles per guest"),
    "form.event.extraStyles.help": (
        "Berapa gaya lagi yang boleh diminta tamu di halamannya, 0 sampai 10.",
        "How many more styles guests may ask for on their page, 0 to 10.",
    ),
    "form.event.spendLimit": ("Batas biaya (kredit)", "Spend limit (credits)"),
    "form.event.spendLimit.help": (
        "Penyedia berbayar berhenti di batas ini. Kosong berarti tanpa batas.",
        "Paid providers stop at this limit. Empty means no limit.",
    ),
    "form.event.status": ("Keadaan", "State"),
    "form.event.status.help": (
        "Kalau ditutup, tamu tidak bisa mendaftar lagi. Foto yang ada tetap bisa dibuka.",
        "Once closed, no guest can register. Photos that are there can still be opened.",
    ),
    "form.event.status.open": ("Buka", "Open"),
    "form.event.status.closed": ("Tutup", "Closed"),
    # ---- booths -----------------------------------------------------------------------------------------
    "form.booth.name": ("Nama booth", "Name of the booth"),
    "form.booth.id": ("Nama teknis", "Technical name"),
    "form.booth.id.help": (
        "Dipakai laptop kamera dan di alamat. Tidak bisa diganti nanti.",
        "Used by the camera laptop and in addresses. It cannot be changed later.",
    ),
    "form.booth.eventId": ("Acara", "Event"),
    "form.booth.eventId.help": (
        "Foto booth ini masuk ke acara ini.",
        "This booth's photos go to this event.",
    ),
    # ---- styles -----------------------------------------------------------------------------------------
    "form.style.name": ("Nama gaya", "Name of the style"),
    "form.style.name.id": ("Nama (Indonesia)", "Name (Indonesian)"),
    "form.style.name.en": ("Nama (Inggris)", "Name (English)"),
    "form.style.id": ("Nama teknis", "Technical name"),
    "form.style.id.help": (
        "Huruf kecil, angka, dan tanda hubung. Tidak bisa diganti nanti.",
        "Small letters, digits and hyphens. It cannot be changed later.",
    ),
    "form.style.provider": ("Dibuat oleh", "Made by"),
    "form.style.params": ("Parameter", "Parameters"),
    "form.style.params.help": (
        "JSON untuk pembuatnya, misalnya model dan perintahnya. {} kalau tidak ada.",
        "JSON for its maker, such as model and prompt. {} where there are none.",
    ),
    "form.style.chain": ("Kalau pembuatnya gagal", "When its maker cannot"),
    "form.style.chain.help": (
        'Pengganti berurutan, misalnya [{"style": "oil"}, {"original": true}].',
        'Who makes it then, in order, such as [{"style": "oil"}, {"original": true}].',
    ),
    "form.style.position": ("Urutan", "Place in the order"),
    "form.style.enabled": ("Ditawarkan di booth", "Offered at booths"),
    "form.style.enabled.help": (
        "Foto yang sedang dibuat dengan gaya ini tetap diselesaikan.",
        "Photos that are being made in this style are still finished.",
    ),
    # ---- accounts ---------------------------------------------------------------------------------------
    "form.user.username": ("Nama pengguna", "Username"),
    "form.user.username.help": ("Tanpa spasi.", "Without spaces."),
    "form.user.role": ("Peran", "Role"),
    "form.user.role.help": (
        "Operator memotret di booth. Supervisor juga menangani masalah. Administrator mengatur semuanya.",
        "Operators shoot at a booth. Supervisors solve problems, too. Administrators set everything up.",
    ),
    "form.user.role.operator": ("Operator", "Operator"),
    "form.user.role.supervisor": ("Supervisor", "Supervisor"),
    "form.user.role.admin": ("Administrator", "Administrator"),
    "form.user.allEvents": ("Melihat semua acara", "Sees every event"),
    "form.user.events": ("Acara yang boleh dilihat", "Events it may see"),
    "form.user.enabled": ("Boleh masuk", "May sign in"),
    "form.user.enabled.help": (
        "Kalau tidak, akun ini langsung keluar dari semua perangkat.",
        "If not, this account is signed out everywhere at once.",
    ),
    # ---- one's own password -----------------------------------------------------------------------------
    "form.password.old": ("Kata sandi sekarang", "Present password"),
    "form.password.new": ("Kata sandi baru", "New password"),
    "form.password.new.help": ("Paling sedikit 8 huruf atau angka.", "At least 8 characters."),
}
