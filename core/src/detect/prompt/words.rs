//! What single words do in a command to a model. Words and inflections from general dictionaries: English, German, French,
//! Spanish, Italian, Portuguese, Dutch, Swedish, Polish, Turkish, Russian; substrings for Chinese, Japanese, Korean.

/// A set of parts that a word can play.
pub type Role = u32;

/// To leave: ignore, forget.
pub const LEAVE: Role = 1;
/// To follow: leaves with a negation before it.
pub const FOLLOW: Role = 1 << 1;
/// Said before: previous, above.
pub const BEFORE: Role = 1 << 2;
/// Every, any.
pub const ALL: Role = 1 << 3;
/// Belonging to the one addressed.
pub const YOUR: Role = 1 << 4;
/// Belonging to the speaker.
pub const MY: Role = 1 << 5;
/// What a model is told: instructions, prompt.
pub const TOLD: Role = 1 << 6;
/// What binds anybody: rules, restrictions.
pub const RULES: Role = 1 << 7;
/// To show.
pub const SHOW: Role = 1 << 8;
/// Of the system: system, hidden, initial.
pub const SYSTEM: Role = 1 << 9;
/// Words, text, everything.
pub const TEXT: Role = 1 << 10;
/// Not, never, stop.
pub const NOT: Role = 1 << 11;
/// A word that may stand before a command.
pub const LEAD: Role = 1 << 12;
/// To tell somebody.
pub const TELL: Role = 1 << 13;
/// The user.
pub const USER: Role = 1 << 14;
/// Without bounds: unrestricted.
pub const FREE: Role = 1 << 15;
/// Without force: void, disabled.
pub const VOID: Role = 1 << 16;
/// To hold, as rules do: apply, exist.
pub const APPLY: Role = 1 << 17;
/// Bound; with a negation, free.
pub const BOUND: Role = 1 << 18;
/// Free of something.
pub const UNTIED: Role = 1 << 19;
/// A single norm, which binds models and others alike.
pub const NORM: Role = 1 << 20;
/// What the bounds of models are about: safety, content.
pub const SAFETY: Role = 1 << 21;
/// Given, received.
pub const GIVEN: Role = 1 << 22;
/// A model by what it is called.
pub const MODEL: Role = 1 << 23;
/// A relative, as in tales told to have something read out.
pub const KIN: Role = 1 << 24;
/// To work on a text for somebody else.
pub const DIGEST: Role = 1 << 25;
/// To send something somewhere.
pub const SEND: Role = 1 << 26;
/// What a model has in mind.
pub const MIND: Role = 1 << 27;
/// To make something else of a text, which is asked every day.
pub const TURN: Role = 1 << 28;
/// Belonging to, about.
pub const OF: Role = 1 << 29;

/// Words, in lower case, and the parts that they can play. [`roles`](super::lookup) finds them; a word stands here once.
#[rustfmt::skip]
pub const ROLES: &[(&[&str], Role)] = &[
    (&["ignore", "disregard", "forget", "override", "neglect", "discard", "overlook", "dismiss", "bypass", "nullify",
        "abandon", "ignoring", "disregarding", "forgetting", "ignora", "ignorez", "oublie", "oubliez", "ignorad", "olvida",
        "olvide", "descarta", "ignoriere", "ignorier", "ignorieren", "vergiss", "vergesst", "missachte", "ignorate",
        "dimentica", "dimenticate", "esqueça", "esquece", "desconsidere", "negeer", "vergeet", "ignorera", "glöm", "zignoruj",
        "ignoruj", "zapomnij", "yoksay", "unut", "görmezden", "игнорируй", "игнорируйте", "забудь", "забудьте", "проигнорируй"], LEAVE),
    (&["delete", "erase", "skip", "drop", "cancel"], LEAVE | SHOW),
    (&["follow", "obey", "heed", "adhere", "comply", "following", "obeying"], FOLLOW),
    (&["attention"], FOLLOW | LEAD),
    (&["previous", "prior", "above", "preceding", "earlier", "foregoing", "former", "existing", "past", "before", "anteriores",
        "anterior", "previas", "previos", "précédentes", "précédents", "précédente", "antérieures", "vorherigen", "bisherigen",
        "vorigen", "obigen", "früheren", "precedenti", "prévias", "acima", "voorgaande", "vorige", "eerdere", "tidigare",
        "föregående", "poprzednie", "wcześniejsze", "önceki", "yukarıdaki", "предыдущие", "прежние", "предыдущих",
        "вышеуказанные"], BEFORE),
    (&["all", "any", "every", "todas", "todos", "toutes", "tous", "alle", "tutte", "tutti", "alla", "wszystkie", "tüm",
        "bütün", "все", "entire", "whole"], ALL),
    (&["your", "yours", "tus", "tu", "vos", "tes", "votre", "deine", "deinen", "ihre", "tue", "suas", "je", "jouw", "dina",
        "swoje", "свои", "твои"], YOUR),
    (&["my", "our", "mine"], MY),
    (&["instruction", "instructions", "prompt", "prompts", "directive", "directives", "instrucciones", "indicaciones",
        "anweisungen", "anweisung", "instruktionen", "istruzioni", "instruções", "instruçoes", "instrucoes", "instructies",
        "aanwijzingen", "instruktioner", "instrukcje", "polecenia", "talimatları", "talimatlari", "инструкции", "указания",
        "инструкций", "consignes", "preprompt", "metaprompt"], TOLD),
    (&["rules", "guidelines", "restrictions", "constraints", "limitations", "guardrails", "safeguards", "policies",
        "programming", "filters", "training", "orders", "reglas", "règles", "regeln", "regole", "regras", "правила", "limits",
        "censorship", "ethics", "boundaries"], RULES),
    (&["reveal", "show", "print", "output", "display", "repeat", "share", "disclose", "expose", "leak", "recite", "dump",
        "echo", "reproduce", "paste", "copy", "spell", "state", "what", "whats", "list", "return", "write", "quote", "muestra",
        "muéstrame", "revela", "affiche", "montre", "révèle", "zeige", "zeig", "wiederhole", "mostra", "mostrami", "mostre",
        "toon", "visa", "pokaż", "göster", "покажи", "выведи", "encode"], SHOW),
    (&["summarize", "summarise", "translate"], SHOW | TURN | DIGEST),
    (&["tell", "give"], SHOW | TELL),
    (&["mention", "inform", "notify", "alert", "warn", "telling", "informing", "mentioning", "notifying"], TELL),
    (&["system", "hidden", "initial", "internal", "secret", "developer", "confidential", "base", "sistema", "système",
        "systeem", "systemowy", "системный", "системные", "underlying"], SYSTEM),
    (&["systemprompt", "systemanweisungen"], SYSTEM | TOLD),
    (&["original"], SYSTEM | BEFORE),
    (&["everything", "text", "words", "lines", "contents", "conversation", "sentences", "verbatim", "message", "messages",
        "line", "whatever", "note"], TEXT),
    (&["context", "configuration"], TEXT | MIND),
    (&["not", "dont", "never", "stop", "without", "no", "cannot"], NOT),
    (&["please", "now", "and", "then", "just", "kindly", "must", "should", "shall", "also", "so", "completely", "fully",
        "totally", "simply", "immediately", "ok", "okay", "hey", "hi", "hello", "but", "instead", "first", "quickly",
        "important", "bitte", "jetzt", "por", "favor", "ahora", "maintenant", "veuillez", "adesso", "agora", "nu", "teraz",
        "теперь", "пожалуйста", "followed", "directly", "sudo", "additionally", "finally", "next"], LEAD),
    (&["assistant", "ai", "chatgpt", "gpt", "bot"], LEAD | MODEL),
    (&["llm", "llms", "model", "chat", "chatbot", "bots", "agent", "agents", "assistants"], MODEL),
    (&["void", "revoked", "disabled", "lifted", "suspended", "deactivated", "obsolete", "superseded", "rescinded", "cancelled",
        "canceled", "annulled", "off", "invalid", "nullified"], VOID),
    (&["apply", "applies", "exist", "exists", "count", "hold"], APPLY),
    (&["bound", "constrained", "restricted", "governed", "obliged"], BOUND),
    (&["free", "freed", "exempt", "liberated"], UNTIED),
    (&["policy", "guideline", "restriction", "limitation", "moderation", "morals", "norms"], NORM),
    (&["content"], TEXT | SAFETY),
    (&["safety", "ethical", "moral", "security"], SAFETY),
    (&["given", "received", "told", "gave", "got", "provided"], GIVEN),
    (&["grandmother", "grandma", "granny", "grandfather", "grandpa", "deceased", "lullaby", "bedtime"], KIN),
    (&["summarizing", "summarising", "processing", "processes", "reading", "reads", "translating", "reviewing", "parsing"], DIGEST),
    (&["send", "forward", "append", "upload", "post", "include", "transmit"], SEND),
    (&["of", "for"], OF),
    (&["user", "users", "anyone", "anybody", "human"], USER),
    (&["unrestricted", "uncensored", "unfiltered", "jailbroken", "jailbreak", "unbound", "amoral", "unlimited"], FREE),
];

/// To leave, in Chinese, Japanese, Korean.
pub static LEAVE_CJK: &[&str] = &["忽略", "无视", "無視", "忘记", "忘記", "忘れ", "무시", "잊어"];
/// What a model is told.
pub static TOLD_CJK: &[&str] =
    &["指令", "指示", "提示", "命令", "规则", "規則", "지시", "명령", "지침", "プロンプト", "프롬프트"];
/// Said before, and all of it.
pub static BEFORE_CJK: &[&str] = &[
    "之前",
    "以前",
    "先前",
    "以上",
    "上述",
    "上面",
    "前面",
    "これまで",
    "前の",
    "上記",
    "이전",
    "위의",
    "所有",
    "すべて",
    "全て",
    "모든",
];
/// The instructions of the system.
pub static SYSTEM_CJK: &[&str] = &[
    "系统提示",
    "系統提示",
    "システムプロンプト",
    "시스템 프롬프트",
    "시스템프롬프트",
    "系统指令",
    "初始指令",
];
/// To show.
pub static SHOW_CJK: &[&str] = &[
    "显示",
    "顯示",
    "输出",
    "輸出",
    "打印",
    "重复",
    "告诉",
    "告訴",
    "泄露",
    "表示",
    "出力",
    "教えて",
    "見せて",
    "보여",
    "출력",
    "알려",
];
