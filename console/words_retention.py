"""Words of retention: what goes when, what it took, what stays; each (Indonesian, English)."""

WORDS: dict[str, tuple[str, str]] = {
    "keep.title": ("Penghapusan otomatis", "Automatic deletion"),
    "keep.how": (
        "Data setiap tamu dihapus {n} hari setelah ia mendaftar: nama, nomor, foto, hasil, dan halamannya. "
        "Foto tanpa tamu dihapus {n} hari setelah masuk.",
        "Each guest's data is deleted {n} days after they registered: name, number, photos, pictures and "
        "their page. Photos without a guest go {n} days after they came.",
    ),
    "keep.now": ("Dalam satu jam ini", "Within the hour"),
    "keep.nothing": ("Belum ada yang akan dihapus.", "There is nothing to delete yet."),
    "keep.more": ("… dan {n} hari sesudahnya.", "… and {n} more days after that."),
    "keep.guests": ("{n} tamu", "guests: {n}"),
    "keep.photos": ("{n} foto", "photos: {n}"),
    "keep.files": ("{n} foto tanpa tamu", "photos without a guest: {n}"),
    "keep.held": (
        "Sudah waktunya, tetapi masih ada yang dikerjakan untuk {n} tamu.",
        "It is time, but something is still under way for guests: {n}.",
    ),
    "keep.heldStep": ("Lihat yang perlu perhatian", "See what needs attention"),
    "keep.gone": (
        "Sudah dihapus: {guests} tamu, {photos} foto. Terakhir: {at}.",
        "Deleted so far: {guests} guests, {photos} photos. Last: {at}.",
    ),
    "keep.stays": (
        "Yang tetap ada: pengaturan dan bingkai acara, catatan audit, dan tanda terima, tanpa data tamu. "
        "Laptop kamera menghapus salinannya juga; kamera dan kartunya dihapus sendiri oleh tim.",
        "What stays, without guests' data: the event's settings and frame, the audit log, and receipts. "
        "Camera laptops delete their copies too; cameras and their cards are cleared by the team.",
    ),
    "job.deleted": (
        "Foto ini sudah dihapus: waktu simpannya habis.",
        "This photo is deleted: it was kept for as long as the event said.",
    ),
    "admin.RETENTION_IN_USE": ("Ini langsung menghapus foto tamu", "This deletes guests' photos at once"),
    "admin.RETENTION_IN_USE.step": (
        "Waktu simpan mereka sudah lewat dengan jumlah hari ini. Yang sudah dihapus tidak bisa dikembalikan.",
        "With so few days their time is over already. What is deleted cannot be brought back.",
    ),
    "admin.RETENTION_IN_USE.yes": ("Hapus saja", "Delete them"),
    "admin.goAtOnce": (
        "Langsung dihapus: {guests} tamu, {photos} foto",
        "Deleted at once: {guests} guests, {photos} photos",
    ),
    "error.RETENTION_IN_USE": (
        "Dengan hari sesedikit itu, foto tamu langsung dihapus. Pilih lebih banyak hari, atau setujui dulu.",
        "With so few days guests' photos are deleted at once. Choose more days, or agree to it first.",
    ),
    "audit.retention_deleted": (
        "Menghapus yang waktu simpannya habis di {name}: {guests} tamu, {photos} foto, {files} berkas kamera",
        "Deleted what was kept long enough at {name}: {guests} guests, {photos} photos, {files} camera files",
    ),
}
