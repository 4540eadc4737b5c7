"""What supervisors decide about a job that needs a person, and why they did: (Indonesian, English)."""

WORDS: dict[str, tuple[str, str]] = {
    "error.TASK_UNKNOWN": (
        "Nomor tugas ini tidak dikenal di sana. Periksa lagi nomornya.",
        "Nobody there knows a task with this id. Check it once more.",
    ),
    "error.TASK_OF_ANOTHER": (
        "Tugas ini milik foto lain. Periksa lagi nomornya.",
        "This task makes another guest's picture. Check the id once more.",
    ),
    "status.undecided": ("Perlu keputusan", "Undecided"),
    "status.dismissed": ("Tidak dilanjutkan", "Given up"),
    "rescue.decide": ("Putuskan", "Decide"),
    "rescue.unknown": (
        "Tidak ada yang tahu apakah {provider} menerima tugas ini",
        "Nobody knows whether {provider} took this task",
    ),
    "rescue.unknownPaid": (
        "Tidak ada yang tahu apakah {provider} menerima tugas ini (dan bayarannya)",
        "Nobody knows whether {provider} took this task (and its payment)",
    ),
    "rescue.asked": (
        "Dikirim sesaat sebelum {at}; jawabannya hilang. Foto ini menunggu sampai ada yang memutuskan.",
        "It was sent shortly before {at}; the answer was lost. This photo waits until somebody decides.",
    ),
    "rescue.lookKie": (
        "Lihat di catatan kie.ai: adakah tugas dari waktu itu? Salin nomor tugasnya (taskId).",
        "Look at kie.ai's logs: is there a task of that time? Copy its task id.",
    ),
    "rescue.logsKie": ("https://kie.ai/logs", "https://kie.ai/logs"),
    "rescue.lookComfy": (
        "Lihat di riwayat ComfyUI (History): adakah pekerjaan dari waktu itu? Salin nomornya (prompt id).",
        "Look at ComfyUI's history: is there a job of that time? Copy its prompt id.",
    ),
    "rescue.lookOther": (
        "Lihat di catatan {provider}: adakah tugas dari waktu itu?",
        "Look at the records of {provider}: is there a task of that time?",
    ),
    "rescue.dead": ("Foto ini perlu keputusan", "This photo needs a decision"),
    "rescue.deadHint": (
        "Yang sudah jadi dan dibayar tetap disimpan.",
        "What is finished and paid is kept.",
    ),
    "rescue.gone": ("Foto ini tidak dilanjutkan", "This photo was given up"),
    "rescue.stalled": ("Foto ini tertahan", "This photo does not move"),
    "rescue.stalledHint": (
        "Tidak ada kemajuan sejak {at}. Tunggu saja, atau pilih jalan lain.",
        "Nothing has moved since {at}. Let it wait, or choose another way.",
    ),
    "rescue.who": (
        "Supervisor atau administrator yang memutuskan, di halaman ini. Beri tahu salah satu dari mereka.",
        "A supervisor or an administrator decides, on this page. Tell one of them.",
    ),
    "rescue.whoElse": (
        "Kamu bisa mengulang foto ini. Jalan lain dipilih supervisor atau administrator, di halaman ini.",
        "You may retry this photo. A supervisor or an administrator has more ways, on this page.",
    ),
    "rescue.taken": ("Sudah diterima: isi nomor tugas", "It was taken: give the task id"),
    "rescue.takenHint": (
        "Hasil tugas itu yang ditunggu; tidak ada yang dibayar lagi.",
        "That task's result is waited for; nothing is paid again.",
    ),
    "rescue.missing": ("Tidak diterima: buat lagi", "It was not taken: make it again"),
    "rescue.missingHint": (
        "Tugas baru dikirim dan dibayar.",
        "A new task is sent and paid for.",
    ),
    "rescue.missingSure": (
        "Kalau ternyata sudah diterima, foto ini dibayar dua kali. Ini tidak bisa diurungkan.",
        "If it was taken after all, this photo is paid twice. This cannot be undone.",
    ),
    "rescue.replay": ("Lanjutkan dari langkah yang gagal", "Replay from the failed step"),
    "rescue.replayHint": (
        "Langkah yang sudah selesai tidak diulang.",
        "Steps that are finished are not repeated.",
    ),
    "rescue.original": ("Kirim foto aslinya", "Send the original"),
    "rescue.originalHint": (
        "Tamu menerima foto berbingkai tanpa gaya.",
        "The guest gets the framed photo without the style.",
    ),
    "rescue.originalSure": (
        "Yang sudah diterima tamu tidak bisa ditarik kembali.",
        "What a guest has received cannot be taken back.",
    ),
    "rescue.switch": ("Berikan ke pembuat lain", "Give it to another maker"),
    "rescue.switchHint": (
        "Yang sedang berjalan di pembuat lama dihentikan.",
        "What is under way at the maker it leaves is stopped.",
    ),
    "rescue.give": ("Hentikan, tidak dilanjutkan", "Give up"),
    "rescue.giveHint": (
        "Foto ini tidak lagi perlu tindakan. Nanti masih bisa dilanjutkan.",
        "This photo needs nothing more. It can still be replayed later.",
    ),
    "rescue.takenDo": ("Tunggu hasilnya", "Wait for its result"),
    "rescue.missingDo": ("Buat lagi", "Make it again"),
    "rescue.replayDo": ("Lanjutkan", "Replay"),
    "rescue.originalDo": ("Kirim aslinya", "Send it"),
    "rescue.switchDo": ("Berikan", "Give it"),
    "rescue.giveDo": ("Hentikan", "Give up"),
    "rescue.taskId": ("Nomor tugas", "Task id"),
    "rescue.needsTask": ("Isi dulu nomor tugasnya.", "Give the task id first."),
    "rescue.maker": ("Siapa yang membuatnya?", "Who shall make it?"),
    "rescue.makerTrouble": ("{provider} (bermasalah)", "{provider} (has trouble)"),
    "rescue.otherStyle": ("Gaya lain", "Another style"),
    "rescue.chooseStyle": ("Pilih gaya…", "Choose a style…"),
    "rescue.needsMaker": ("Pilih dulu siapa yang membuatnya.", "Choose first who shall make it."),
    "rescue.why": ("Kenapa?", "Why?"),
    "rescue.otherReason": ("Alasan lain", "Another reason"),
    "rescue.back": ("Kembali", "Back"),
    "rescue.no": ("Jangan", "No, go back"),
    "rescue.yes": ("Ya, lakukan", "Yes, do it"),
    "rescue.done": ("{name}: keputusan dicatat", "{name}: the decision is noted"),
    "because.TASK_SEEN": ("Terlihat di catatannya", "Seen in its log"),
    "because.CREDITS_TAKEN": ("Kredit terpotong", "Credits were taken"),
    "because.NOT_IN_LOG": ("Tidak ada di catatannya", "Not in its log"),
    "because.NO_CREDITS_TAKEN": ("Kredit tidak terpotong", "No credits were taken"),
    "because.TROUBLE_OVER": ("Gangguan sudah selesai", "The trouble is over"),
    "because.GUEST_WAITS": ("Tamu menunggu", "The guest waits"),
    "because.GUEST_WISH": ("Permintaan tamu", "The guest wants it so"),
    "because.MAKER_TROUBLE": ("Pembuatnya bermasalah", "The maker has trouble"),
    "because.GUEST_LEFT": ("Tamu sudah pergi", "The guest has left"),
    "because.TEST_PHOTO": ("Foto percobaan", "A test photo"),
    "time.resolvedTaken": (
        "Diputuskan oleh {by}: sudah diterima, {task}",
        "Decided by {by}: it was taken, {task}",
    ),
    "time.resolvedMissing": (
        "Diputuskan oleh {by}: tidak diterima",
        "Decided by {by}: it was not taken",
    ),
}
