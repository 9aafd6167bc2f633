"""What folders of mail are called by servers that do not say what they are for (RFC 6154), and on disk."""

from __future__ import annotations

COMMON_NAMES = {
    "sent": {
        "sent", "sent items", "sent messages", "sent mail", "sent-mail", "sent_mail", "gesendet", "gesendete elemente",
        "gesendete objekte", "envoyés", "éléments envoyés", "messages envoyés", "enviados", "elementos enviados",
        "mensajes enviados", "itens enviados", "inviati", "inviata", "posta inviata", "verzonden", "verzonden items",
        "skickat", "skickade objekt", "sendt", "sendte elementer", "wysłane", "elementy wysłane", "отправленные",
        "已发送", "已发送邮件", "送信済み", "送信済みメール",
    },
    "drafts": {
        "drafts", "draft", "outbox", "templates", "entwürfe", "postausgang", "brouillons", "borradores",
        "rascunhos", "bozze",
        "concepten", "utkast", "kladder", "kopie robocze", "szkice", "черновики", "草稿", "草稿箱", "下書き",
    },
    "junk": {
        "junk", "spam", "junk mail", "junk e-mail", "junk email", "bulk mail", "spamverdacht", "unerwünscht",
        "courrier indésirable", "indésirables", "correo no deseado", "lixo eletrônico", "posta indesiderata",
        "ongewenste e-mail", "skräppost", "søppelpost", "wiadomości-śmieci", "спам", "垃圾邮件", "迷惑メール",
    },
    "trash": {
        "trash", "deleted", "deleted items", "deleted messages", "bin", "papierkorb", "gelöscht", "gelöschte elemente",
        "corbeille", "éléments supprimés", "papelera", "elementos eliminados", "lixeira", "itens excluídos", "cestino",
        "posta eliminata", "prullenbak", "verwijderde items", "papperskorg", "papirkurv", "kosz", "корзина",
        "удаленные", "已删除", "ゴミ箱",
    },
}  # fmt: skip
"""What mail programs call them, by use."""
