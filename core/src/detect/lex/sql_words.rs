//! The words of SQL, where they end and what part they play: keywords, types, functions, catalogs.
//!
//! Collected from the language references: MySQL 8.4 Reference Manual (11.3 Keywords, 14 Functions and Operators),
//! PostgreSQL 17 (appendix C, chapters 9 and 51), Transact-SQL Reference (reserved keywords, functions, system stored
//! procedures, catalog views), Oracle Database 23 SQL Language Reference and PL/SQL Packages Reference, SQLite (keywords,
//! core functions, schema table), and for their catalogs and what only they have: Firebird, IBM Db2, Informix, Microsoft
//! Access, H2, Vertica, ClickHouse, Snowflake and BigQuery references.

use super::sql_short::IN_WORD;
use super::sql_token::Word::{self, *};
use crate::bytes::{Words, letters_of};

/// The part `word` plays, in any case.
pub fn lookup(word: &[u8]) -> Word {
    let &[first, second, ..] = word else { return Word::Name };
    if word.len() > LONGEST || !first.is_ascii_alphabetic() {
        return Word::Name;
    }
    // PERF: most words that are none of these differ from all of them in this.
    let known = LENGTHS.get(pair(first, second)).is_some_and(|lengths| lengths >> word.len() & 1 != 0);
    if known {
        let ends = ends(word);
        let mut at = slot(ends, word.len());
        while let Some(i) = usize::from(INDEX[at]).checked_sub(1) {
            let (known, len) = FORMS[i];
            let same = || usize::from(len) == word.len() || len == 0 && is_same(word, WORDS[i].0.as_bytes());
            if known == ends && same() {
                return WORDS[i].1;
            }
            at = (at + 1) % SLOTS;
        }
    }
    match word {
        [b'x' | b'X', b'p' | b'P', b'_', ..] => Word::Reach,
        [b'u' | b'U', b't' | b'T', b'l' | b'L', b'_', ..] => Word::Reach,
        [b'd' | b'D', b'b' | b'B', b'm' | b'M', b's' | b'S', b'_', ..] => Word::Reach,
        _ => Word::Name,
    }
}

/// Every word.
#[cfg(test)]
pub fn words() -> impl Iterator<Item = &'static str> {
    WORDS.iter().map(|w| w.0)
}

/// The words that [`add_to`] puts into the group of those that open something.
#[cfg(test)]
pub fn openings() -> impl Iterator<Item = &'static str> {
    WORDS.iter().filter(|(word, part)| opens(*part) || runs(word)).map(|w| w.0).chain(PACKAGES)
}

/// Whether `word` is `known`, which has no capitals.
#[inline]
fn is_same(word: &[u8], known: &[u8]) -> bool {
    word.len() == known.len() && word.iter().zip(known).all(|(a, k)| a.to_ascii_lowercase() == *k)
}

/// The longest word, and more.
const LONGEST: usize = 40;

/// For each pair of first letters, told by [`pair`], the lengths of the words that begin with it.
static LENGTHS: [u64; 26 * 32] = {
    let mut lengths = [0; 26 * 32];
    let mut i = 0;
    while i < WORDS.len() {
        let word = WORDS[i].0.as_bytes();
        assert!(word.len() <= LONGEST);
        lengths[pair(word[0], word[1])] |= 1 << word.len();
        i += 1;
    }
    lengths
};

/// A number for a first letter and the low bits of what stands behind it.
const fn pair(first: u8, second: u8) -> usize {
    ((first | 0x20) - b'a') as usize * 32 + (second & 31) as usize
}

/// What the names of further packages and procedures of Oracle and Transact-SQL begin with.
const PACKAGES: [&str; 3] = ["dbms_", "utl_", "xp_"];

/// Places of the index: a miss ends at the first or second for nearly every word.
const SLOTS: usize = 1 << 13;

/// The first and last letters of a word of two and more, eight each, in lower case: up to sixteen letters are all there with the
/// length.
#[inline(always)]
const fn ends(word: &[u8]) -> [u64; 2] {
    const LOWER: u64 = 0x2020_2020_2020_2020;
    if let (Some(first), Some(last)) = (word.first_chunk(), word.last_chunk()) {
        [u64::from_le_bytes(*first) | LOWER, u64::from_le_bytes(*last) | LOWER]
    } else if let (Some(first), Some(last)) = (word.first_chunk(), word.last_chunk()) {
        [(u32::from_le_bytes(*first) as u64 | (u32::from_le_bytes(*last) as u64) << 32) | LOWER, 0]
    } else {
        let [middle, last] = [word[word.len() / 2], word[word.len() - 1]];
        [(word[0] as u64 | (middle as u64) << 16 | (last as u64) << 32) | LOWER, 0]
    }
}

/// Where the search for a word of so many bytes with these ends begins.
#[inline(always)]
const fn slot([first, last]: [u64; 2], len: usize) -> usize {
    let key = first ^ last.rotate_left(29);
    let spread = (key ^ (len as u64) << 56).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (spread >> (64 - SLOTS.trailing_zeros())) as usize
}

/// PERF: next to all words are told by these. The ends of [`WORDS`], and the length of each that is of letters alone, all of which the ends hold: other bytes are not told from
/// what they are in lower case.
static FORMS: [([u64; 2], u8); WORDS.len()] = {
    let (mut forms, mut i) = ([([0; 2], 0); WORDS.len()], 0);
    while i < WORDS.len() {
        let word = WORDS[i].0.as_bytes();
        let (mut plain, mut at) = (word.len() <= 16, 0);
        while at < word.len() {
            plain &= word[at].is_ascii_lowercase();
            at += 1;
        }
        forms[i] = (ends(word), if plain { word.len() as u8 } else { 0 });
        i += 1;
    }
    forms
};

/// The words of [`WORDS`] by [`slot`], counted from one.
static INDEX: [u16; SLOTS] = {
    let mut index = [0u16; SLOTS];
    let mut i = 0;
    while i < WORDS.len() {
        let mut at = slot(ends(WORDS[i].0.as_bytes()), WORDS[i].0.len());
        while index[at] != 0 {
            at = (at + 1) % SLOTS;
        }
        i += 1;
        index[at] = i as u16;
    }
    index
};

/// Whether a clause, condition, statement or call of note begins with words of this part.
const fn opens(part: Word) -> bool {
    matches!(
        part,
        And | Or
            | Xor
            | Set
            | Select
            | Delay
            | Having
            | Where
            | Group
            | Sleep
            | Leak
            | Reach
            | Procedure
            | Into
    )
}

/// Whether `word` begins a statement that is told from prose by its next word.
const fn runs(word: &str) -> bool {
    matches!(word.as_bytes(), b"exec" | b"execute" | b"declare")
}

/// The bits of the groups that [`add_to`] puts words into.
#[derive(Clone, Copy, Debug)]
pub struct Bits {
    /// Every word that [`lookup`] knows.
    pub all: u64,
    /// Those that a clause, condition, statement or call of note may begin with.
    pub opening: u64,
    /// Statements and names of the catalog.
    pub hinting: u64,
    /// `and`, `or` and the other words that join conditions.
    pub joining: u64,
    /// Those of `opening`, with the suffix of a number before them: `1dor`, `2funion`.
    pub glued: u64,
}

/// `words` with those of SQL.
pub const fn add_to(mut words: Words, bits: Bits) -> Words {
    let mut i = 0;
    while i < WORDS.len() {
        let (word, part) = WORDS[i];
        words = words.with(word, bits.all);
        if opens(part) || runs(word) {
            words = add_opening(words, word, bits);
        }
        if matches!(part, Catalog | Statement) {
            words = words.with(word, bits.hinting);
        }
        if matches!(part, And | Or | Xor) {
            words = words.with(word, bits.joining);
        }
        i += 1;
    }
    let mut i = 0;
    while i < PACKAGES.len() {
        words = add_opening(words, PACKAGES[i], bits);
        i += 1;
    }
    words
}

const fn add_opening(mut words: Words, word: &str, bits: Bits) -> Words {
    words = words.with(word, bits.all | bits.opening);
    let suffixes = [b'd', b'f'];
    let mut i = 0;
    while i < suffixes.len() {
        let (mut glued, mut len) = ([b'_'; 48], 0);
        glued[0] = suffixes[i];
        while len < word.len() {
            glued[len + 1] = word.as_bytes()[len];
            len += 1;
        }
        if let Ok(glued) = std::str::from_utf8(&glued) {
            words = words.with(glued, bits.all | bits.glued);
        }
        i += 1;
    }
    words
}

/// Whether `word` may be one that a clause, condition, statement or call of note begins with, judged by its first two
/// letters. Cheaper than [`lookup`], and most words of prose fail it.
pub fn may_open(word: &[u8]) -> bool {
    let &[first, second, ..] = word else {
        return false;
    };
    let (first, second) = (first | 0x20, second | 0x20);
    first.is_ascii_lowercase() && PAIRS[usize::from(first - b'a')] & 1 << (second & 31) != 0
}

/// For each first letter the second letters (their low five bits) of the words that [`may_open`] is about.
static PAIRS: [u32; 26] = {
    let mut table = [0u32; 26];
    let mut i = 0;
    while i < WORDS.len() {
        let open = opens(WORDS[i].1) || matches!(WORDS[i].1, Catalog);
        let word = WORDS[i].0.as_bytes();
        if open || runs(WORDS[i].0) {
            table[(word[0] - b'a') as usize] |= 1 << (word[1] & 31);
        }
        i += 1;
    }
    table
};

/// The first two letters of the words of some parts.
#[derive(Debug)]
pub struct Pairs([u32; 26]);

impl Pairs {
    /// Those of the words of `parts`.
    pub const fn of(parts: &[Word]) -> Pairs {
        let mut table = [0u32; 26];
        let mut i = 0;
        while i < WORDS.len() {
            let (word, mut part) = (WORDS[i].0.as_bytes(), 0);
            while part < parts.len() {
                if parts[part] as u8 == WORDS[i].1 as u8 {
                    table[(word[0] - b'a') as usize] |= 1 << (word[1] & 31);
                }
                part += 1;
            }
            i += 1;
        }
        Pairs(table)
    }

    /// Whether `word` may be one of them: nearly as good as [`lookup`], and cheaper.
    pub fn may_hold(&self, word: &[u8]) -> bool {
        let &[first, second, ..] = word else { return false };
        let first = first | 0x20;
        first.is_ascii_lowercase() && self.0[usize::from(first - b'a')] & 1 << (second & 31) != 0
    }
}

/// The length of a blank beyond ASCII at `at`, or 0: the spaces of Unicode, which Transact-SQL and Oracle take for blanks,
/// and the mark that a lossy conversion leaves for a byte such as 0xA0.
pub fn wide_blank(text: &[u8], at: usize) -> usize {
    match text.get(at..) {
        Some([0xC2, 0xA0 | 0x85, ..]) => 2,
        Some([0xE2, 0x80, 0x80..=0x8B | 0xA8 | 0xA9 | 0xAF, ..])
        | Some([0xE1, 0x9A, 0x80, ..])
        | Some([0xE2, 0x81, 0x9F, ..])
        | Some([0xE3, 0x80, 0x80, ..])
        | Some([0xEF, 0xBF, 0xBD, ..]) => 3,
        _ => 0,
    }
}

/// The end of the word at `at`. PERF: most words are letters.
#[inline]
pub fn word_end(text: &[u8], at: usize) -> usize {
    let mut end = at;
    while let Some(eight) = text.get(end..).and_then(|rest| rest.first_chunk()) {
        match letters_of(*eight) {
            8 => end += 8,
            letters => {
                end += letters;
                break;
            }
        }
    }
    while let Some(&b) = text.get(end) {
        match IN_WORD[usize::from(b)] {
            0 => break,
            1 => {}
            _ if wide_blank(text, end) > 0 => break,
            _ => {}
        }
        end += 1;
    }
    end
}

/// Every word in lower case, sorted, with its part.
#[rustfmt::skip]
pub(super) const WORDS: &[(&str, Word)] = &[
    ("abs", Function), ("acos", Function), ("adddate", Function), ("addtime", Function), ("aes_decrypt", Function),
    ("aes_encrypt", Function), ("against", Compare), ("age", Function), ("aggregate", Object), ("all", Prefix),
    ("all_catalog", Catalog), ("all_col_comments", Catalog), ("all_constraints", Catalog), ("all_db_links", Catalog),
    ("all_ind_columns", Catalog), ("all_objects", Catalog), ("all_procedures", Catalog), ("all_source", Catalog),
    ("all_tab_columns", Catalog), ("all_tab_comments", Catalog), ("all_tab_tables", Catalog), ("all_tables", Catalog),
    ("all_users", Catalog), ("all_views", Catalog), ("alter", Statement), ("analyze", Statement), ("and", And),
    ("any", Prefix), ("any_value", Function), ("app_name", Info), ("apply", Join),
    ("approx_count_distinct", Function), ("array_agg", Function), ("array_concat", Function),
    ("array_length", Function), ("array_to_json", Function), ("array_to_string", Function), ("arrayjoin", Function),
    ("as", As), ("asc", Tail), ("ascii", Function), ("asciistr", Function), ("asin", Function), ("assembly", Object),
    ("atan", Function), ("atan2", Function), ("atn", Function), ("attach", Statement), ("avg", Function),
    ("backup", Statement), ("begin", Statement), ("benchmark", Sleep), ("between", Between), ("bigint", Type),
    ("bigserial", Type), ("bin", Function), ("bin_checksum", Function), ("bin_to_uuid", Function), ("binary", Prefix),
    ("binary_checksum", Function), ("bit", Type), ("bit_and", Function), ("bit_count", Function),
    ("bit_length", Function), ("bit_or", Function), ("bit_xor", Function), ("bitand", Function), ("blob", Type),
    ("bool", Type), ("boolean", Type), ("btrim", Function), ("bulk", Statement), ("by", By), ("bytea", Type),
    ("call", Statement), ("cardinality", Function), ("case", Case), ("cast", Function), ("cbrt", Function),
    ("cdbl", Function), ("ceil", Function), ("ceiling", Function), ("certificate", Object), ("changes", Function),
    ("char", Type), ("char_length", Function), ("character", Type), ("character_length", Function),
    ("character_sets", Catalog), ("charindex", Function), ("charset", Function), ("chartorowid", Function),
    ("checkpoint", Statement), ("checksum", Function), ("checksum_agg", Function), ("choose", Function),
    ("chr", Function), ("cidr", Type), ("cint", Function), ("clng", Function), ("clob", Type), ("close", Statement),
    ("cluster", Statement), ("coalesce", Function), ("coercibility", Function), ("col_length", Info),
    ("col_name", Info), ("collate", Tail), ("collation", Function), ("column", Object), ("column_name", Catalog),
    ("column_privileges", Catalog), ("comment", Statement), ("commit", Statement), ("compose", Function),
    ("compress", Function), ("concat", Function), ("concat_ws", Function), ("connect_by_root", Prefix),
    ("connection_id", Info), ("connectionproperty", Info), ("constraint", Object), ("contains", Function),
    ("context_info", Info), ("conv", Function), ("convert", Function), ("convert_tz", Function), ("copy", Statement),
    ("cos", Function), ("cosh", Function), ("cot", Function), ("count", Function), ("crc32", Function),
    ("create", Statement), ("credential", Object), ("cross", Join), ("crypt", Function), ("crypt_gen_salt", Function),
    ("crypt_key", Function), ("cstr", Function), ("csvread", Reach), ("csvwrite", Reach), ("ctxsys", Leak),
    ("cube", Tail), ("cume_dist", Function), ("curdate", Function), ("curdir", Info), ("current_account", Info),
    ("current_catalog", Session), ("current_database", Info), ("current_date", Literal), ("current_region", Info),
    ("current_role", Session), ("current_schema", Session), ("current_schemas", Info), ("current_setting", Info),
    ("current_time", Literal), ("current_timestamp", Literal), ("current_user", Session), ("current_version", Info),
    ("current_warehouse", Info), ("currentdatabase", Info), ("currentuser", Function), ("cursor", Object),
    ("curtime", Function), ("database", Object), ("database_to_xml", Leak), ("databasepropertyex", Info),
    ("datalength", Function), ("date", Type), ("date_add", Function), ("date_format", Function),
    ("date_part", Function), ("date_sub", Function), ("date_trunc", Function), ("dateadd", Function),
    ("datediff", Function), ("datefromparts", Function), ("datename", Function), ("datepart", Function),
    ("dateserial", Function), ("datetime", Type), ("datetime2", Type), ("datetimefromparts", Function),
    ("datetrunc", Function), ("datevalue", Function), ("dayname", Function), ("dayofmonth", Function),
    ("dayofweek", Function), ("dayofyear", Function), ("db_id", Info), ("db_name", Info), ("dba_objects", Catalog),
    ("dba_role_privs", Catalog), ("dba_sys_privs", Catalog), ("dba_tab_columns", Catalog), ("dba_tables", Catalog),
    ("dba_users", Catalog), ("dbcc", Statement), ("dbinfo", Info), ("dblink", Reach), ("dblink_connect", Reach),
    ("dblink_send_query", Reach), ("dbms_advisor", Reach), ("dbms_aw", Reach), ("dbms_backup_restore", Reach),
    ("dbms_cdc_publish", Reach), ("dbms_export_extension", Reach), ("dbms_java", Reach), ("dbms_java_test", Reach),
    ("dbms_ldap", Reach), ("dbms_lock", Sleep), ("dbms_metadata", Info), ("dbms_pipe", Sleep),
    ("dbms_scheduler", Reach), ("dbms_session", Sleep), ("dbms_sql", Reach), ("dbms_utility", Leak),
    ("dbms_xmlgen", Leak), ("dbms_xmlquery", Reach), ("dbms_xmlstore", Reach), ("dbms_xslprocessor", Reach),
    ("deallocate", Statement), ("dec", Type), ("decimal", Type), ("declare", Statement), ("decode", Function),
    ("decompose", Function), ("decompress", Function), ("default", Literal), ("degrees", Function),
    ("delete", Statement), ("dense_rank", Function), ("deny", Statement), ("des_decrypt", Function),
    ("des_encrypt", Function), ("desc", Tail), ("describe", Statement), ("detach", Statement),
    ("difference", Function), ("directory", Object), ("distinct", Prefix), ("distinctrow", Prefix), ("div", Arith),
    ("do", Statement), ("domain", Object), ("double", Type), ("drithsx", Leak), ("drop", Statement),
    ("dual", Catalog), ("dumpfile", Outfile), ("else", Else), ("elseif", Else), ("elsif", Else), ("elt", Function),
    ("empty_blob", Function), ("empty_clob", Function), ("encode", Function), ("encrypt", Function), ("end", End),
    ("endpoint", Object), ("enum", Type), ("environ", Info), ("eqv", Xor), ("escape", Tail), ("event", Object),
    ("except", Set), ("exec", Statement), ("execute", Statement), ("exists", Prefix), ("exp", Function),
    ("explain", Statement), ("export_set", Function), ("extension", Object), ("extract", Function),
    ("extractvalue", Leak), ("false", Literal), ("fetch", Limit), ("field", Function), ("file_name", Info),
    ("file_read", Reach), ("file_write", Reach), ("find_in_set", Function), ("first", Tail),
    ("first_value", Function), ("float", Type), ("float4", Type), ("float8", Type), ("floor", Function),
    ("flush", Statement), ("fn_dblog", Reach), ("fn_get_audit_file", Reach), ("fn_trace_gettable", Reach),
    ("fn_virtualfilestats", Info), ("fn_xe_file_target_read_file", Reach), ("for", For), ("foreign", Object),
    ("format", Function), ("format_date", Function), ("format_type", Function), ("found_rows", Function),
    ("freetext", Function), ("from", From), ("from_base64", Function), ("from_days", Function),
    ("from_unixtime", Function), ("fts3_tokenizer", Reach), ("full", Join), ("function", Object),
    ("gen_random_bytes", Function), ("gen_random_uuid", Function), ("generate_array", Function),
    ("generate_series", Sleep), ("generate_subscripts", Function), ("generate_uuid", Function),
    ("geometrycollection", Leak), ("get_bit", Function), ("get_byte", Function), ("get_format", Function),
    ("get_lock", Function), ("getdate", Function), ("getpgusername", Info), ("getutcdate", Function),
    ("glob", Compare), ("global", Object), ("global_name", Catalog), ("go", Statement), ("grant", Statement),
    ("greatest", Function), ("group", Group), ("group_concat", Function), ("grouping", Function),
    ("gtid_subset", Leak), ("gtid_subtract", Leak), ("h2version", Info), ("handler", Statement),
    ("has_database_privilege", Info), ("has_dbaccess", Info), ("has_function_privilege", Info),
    ("has_perms_by_name", Info), ("has_table_privilege", Info), ("hashbytes", Function), ("having", Having),
    ("hex", Function), ("hextoraw", Function), ("high_priority", Prefix), ("host_id", Info), ("host_name", Info),
    ("hstore", Type), ("httpuritype", Reach), ("if", Statement), ("iferror", Function), ("iff", Function),
    ("ifnull", Function), ("iif", Function), ("ilike", Compare), ("image", Type), ("imp", Xor), ("in", In),
    ("index", Object), ("inet", Type), ("inet6_aton", Function), ("inet_aton", Function), ("inet_client_addr", Info),
    ("inet_ntoa", Function), ("inet_server_addr", Info), ("inet_server_port", Info), ("infinity", Literal),
    ("information_schema", Catalog), ("initcap", Function), ("inner", Join), ("innodb_index_stats", Catalog),
    ("innodb_table_stats", Catalog), ("insert", Statement), ("install", Statement), ("instr", Function),
    ("instrrev", Function), ("int", Type), ("int2", Type), ("int4", Type), ("int8", Type), ("integer", Type),
    ("intersect", Set), ("interval", Prefix), ("into", Into), ("is", Is), ("is_free_lock", Function),
    ("is_ipv4", Function), ("is_ipv6", Function), ("is_member", Info), ("is_rolemember", Info),
    ("is_srvrolemember", Info), ("is_used_lock", Function), ("is_uuid", Function), ("isdate", Function),
    ("isjson", Function), ("isnull", Postfix), ("isnumeric", Function), ("join", Join), ("json", Type),
    ("json_agg", Function), ("json_array", Function), ("json_array_append", Function),
    ("json_array_insert", Function), ("json_array_length", Function), ("json_arrayagg", Function),
    ("json_build_array", Function), ("json_build_object", Function), ("json_contains", Function),
    ("json_depth", Function), ("json_each", Function), ("json_exists", Function), ("json_extract", Function),
    ("json_extract_path", Function), ("json_group_array", Function), ("json_group_object", Function),
    ("json_insert", Function), ("json_keys", Function), ("json_length", Function), ("json_merge", Function),
    ("json_merge_patch", Function), ("json_merge_preserve", Function), ("json_modify", Function),
    ("json_object", Function), ("json_objectagg", Function), ("json_overlaps", Function),
    ("json_populate_record", Function), ("json_pretty", Function), ("json_query", Function), ("json_quote", Function),
    ("json_remove", Function), ("json_replace", Function), ("json_search", Function), ("json_set", Function),
    ("json_storage_size", Function), ("json_table", Function), ("json_tree", Function), ("json_type", Function),
    ("json_unquote", Function), ("json_valid", Function), ("json_value", Function), ("jsonb", Type),
    ("jsonb_agg", Function), ("jsonb_array_elements", Function), ("jsonb_build_object", Function),
    ("jsonb_each", Function), ("jsonb_extract_path", Function), ("jsonb_insert", Function),
    ("jsonb_path_exists", Function), ("jsonb_pretty", Function), ("jsonb_set", Function), ("jsonb_typeof", Function),
    ("key", Object), ("key_column_usage", Catalog), ("kill", Statement), ("lag", Function), ("language", Object),
    ("last_day", Function), ("last_insert_id", Info), ("last_insert_rowid", Function), ("last_value", Function),
    ("lateral", Join), ("lcase", Function), ("lead", Function), ("least", Function), ("left", Join),
    ("len", Function), ("length", Function), ("lengthb", Function), ("like", Compare), ("likelihood", Function),
    ("likely", Function), ("limit", Limit), ("linestring", Leak), ("link_schema", Reach), ("listagg", Function),
    ("listen", Statement), ("ln", Function), ("lnnvl", Function), ("lo_create", Reach), ("lo_export", Reach),
    ("lo_from_bytea", Reach), ("lo_get", Reach), ("lo_import", Reach), ("lo_put", Reach), ("load", Statement),
    ("load_extension", Reach), ("load_file", Reach), ("localtime", Literal), ("localtimestamp", Literal),
    ("locate", Function), ("lock", Statement), ("locked", Tail), ("log", Function), ("log10", Function),
    ("log2", Function), ("login", Object), ("loginproperty", Info), ("longblob", Type), ("longtext", Type),
    ("lower", Function), ("lpad", Function), ("ltrim", Function), ("macaddr", Type), ("make_set", Function),
    ("makedate", Function), ("maketime", Function), ("master_pos_wait", Function), ("match", Compare),
    ("materialized", Object), ("max", Function), ("md2", Function), ("md4", Function), ("md5", Function),
    ("median", Function), ("mediumblob", Type), ("mediumint", Type), ("mediumtext", Type), ("member", Compare),
    ("merge", Statement), ("microsecond", Function), ("mid", Function), ("min", Function), ("minus", Set),
    ("minute", Function), ("mod", Arith), ("mon$attachments", Catalog), ("mon$database", Catalog),
    ("mon$statements", Catalog), ("money", Type), ("monthname", Function), ("months_between", Function),
    ("msysaccessobjects", Catalog), ("msysaccessstorage", Catalog), ("msysaces", Catalog),
    ("msysnavpanegroups", Catalog), ("msysobjects", Catalog), ("msysqueries", Catalog),
    ("msysrelationships", Catalog), ("multilinestring", Leak), ("multipoint", Leak), ("multipolygon", Leak),
    ("mysql_version", Info), ("name", Type), ("name_const", Leak), ("nan", Literal), ("nanvl", Function),
    ("natural", Join), ("nchar", Type), ("nchr", Function), ("nclob", Type), ("newid", Function), ("next", Tail),
    ("nextval", Function), ("nls_database_parameters", Catalog), ("nls_initcap", Function), ("nls_lower", Function),
    ("nls_session_parameters", Catalog), ("nls_upper", Function), ("not", Not), ("notify", Statement),
    ("notnull", Postfix), ("now", Function), ("nowait", Tail), ("ntext", Type), ("nth_value", Function),
    ("ntile", Function), ("null", Literal), ("nullif", Function), ("nulls", Tail), ("number", Type),
    ("numeric", Type), ("numtodsinterval", Function), ("numtoyminterval", Function), ("nvarchar", Type),
    ("nvarchar2", Type), ("nvl", Function), ("nvl2", Function), ("nz", Function), ("object_id", Info),
    ("object_name", Info), ("oct", Function), ("octet_length", Function), ("offset", Limit), ("oid", Type),
    ("old_password", Function), ("on", On), ("only", Tail), ("open", Statement), ("opendatasource", Reach),
    ("openquery", Reach), ("openrowset", Reach), ("operator", Object), ("optimize", Statement), ("or", Or),
    ("ora_database_name", Info), ("ora_hash", Function), ("ord", Function), ("order", Group), ("ordsys", Leak),
    ("original_login", Info), ("outer", Join), ("outfile", Outfile), ("over", Tail), ("overlaps", Compare),
    ("overlay", Function), ("owa_util", Reach), ("package", Object), ("parse", Function), ("parse_json", Function),
    ("parsename", Function), ("partition", Group), ("password", Function), ("patindex", Function), ("percent", Tail),
    ("percentile_cont", Function), ("performance_schema", Catalog), ("period_add", Function),
    ("pg_attribute", Catalog), ("pg_authid", Catalog), ("pg_backend_pid", Info), ("pg_catalog", Catalog),
    ("pg_class", Catalog), ("pg_constraint", Catalog), ("pg_current_logfile", Info), ("pg_database", Catalog),
    ("pg_extension", Catalog), ("pg_group", Catalog), ("pg_index", Catalog), ("pg_language", Catalog),
    ("pg_largeobject", Catalog), ("pg_ls_dir", Reach), ("pg_ls_logdir", Reach), ("pg_ls_tmpdir", Reach),
    ("pg_ls_waldir", Reach), ("pg_namespace", Catalog), ("pg_postmaster_start_time", Info), ("pg_proc", Catalog),
    ("pg_read_binary_file", Reach), ("pg_read_file", Reach), ("pg_reload_conf", Reach), ("pg_roles", Catalog),
    ("pg_settings", Catalog), ("pg_shadow", Catalog), ("pg_sleep", Sleep), ("pg_sleep_for", Sleep),
    ("pg_sleep_until", Sleep), ("pg_stat_activity", Catalog), ("pg_stat_file", Reach), ("pg_stats", Catalog),
    ("pg_tables", Catalog), ("pg_terminate_backend", Reach), ("pg_trigger", Catalog), ("pg_type", Catalog),
    ("pg_user", Catalog), ("pg_user_mappings", Catalog), ("pg_views", Catalog), ("pi", Function), ("placing", Tail),
    ("polygon", Leak), ("position", Function), ("pow", Function), ("power", Function), ("pragma", Statement),
    ("pragma_database_list", Catalog), ("pragma_table_info", Catalog), ("pragma_table_list", Catalog),
    ("precision", Type), ("prepare", Statement), ("primary", Object), ("print", Statement), ("printf", Function),
    ("prior", Prefix), ("procedure", Procedure), ("processlist", Catalog), ("product_component_version", Catalog),
    ("profile", Object), ("ps_current_thread_id", Info), ("pwdcompare", Function), ("pwdencrypt", Function),
    ("qualify", Limit), ("quarter", Function), ("query_to_xml", Leak), ("quote", Function), ("quote_ident", Function),
    ("quote_literal", Function), ("quotename", Function), ("radians", Function), ("raiserror", Statement),
    ("rand", Function), ("random", Function), ("random_bytes", Function), ("randomblob", Sleep), ("rank", Function),
    ("ratio_to_report", Function), ("raw", Type), ("rawtohex", Function), ("rdb$collations", Catalog),
    ("rdb$database", Catalog), ("rdb$fields", Catalog), ("rdb$functions", Catalog), ("rdb$get_context", Catalog),
    ("rdb$get_transaction_context", Catalog), ("rdb$procedures", Catalog), ("rdb$relation_fields", Catalog),
    ("rdb$relations", Catalog), ("rdb$triggers", Catalog), ("rdb$types", Catalog), ("readfile", Reach),
    ("real", Type), ("reconfigure", Statement), ("referential_constraints", Catalog), ("regclass", Type),
    ("regexp", Compare), ("regexp_count", Function), ("regexp_instr", Function), ("regexp_like", Function),
    ("regexp_matches", Function), ("regexp_replace", Function), ("regexp_split_to_array", Function),
    ("regexp_split_to_table", Function), ("regexp_substr", Function), ("regexp_substring", Sleep), ("regproc", Type),
    ("reindex", Statement), ("release_all_locks", Function), ("release_lock", Function), ("remainder", Function),
    ("rename", Statement), ("repeat", Function), ("replace", Statement), ("replicate", Function),
    ("reset", Statement), ("restore", Statement), ("return", Statement), ("reverse", Function), ("revoke", Statement),
    ("right", Join), ("rlike", Compare), ("role", Object), ("rollback", Statement), ("rollup", Tail),
    ("round", Function), ("row", Tail), ("row_count", Info), ("row_number", Function), ("row_to_json", Function),
    ("rowid", Session), ("rowidtochar", Function), ("rownum", Session), ("rownumber", Function), ("rows", Tail),
    ("rpad", Function), ("rtrim", Function), ("rule", Object), ("safe_cast", Function), ("savepoint", Statement),
    ("schema", Object), ("schema_name", Info), ("schema_privileges", Catalog),
    ("schema_table_statistics_with_buffer", Catalog), ("schema_to_xml", Leak), ("schemata", Catalog),
    ("sec$users", Catalog), ("sec_to_time", Function), ("second", Function), ("select", Select), ("separator", Tail),
    ("sequence", Object), ("serial", Type), ("server", Object), ("serverproperty", Info), ("session_context", Info),
    ("session_id", Info), ("session_privs", Catalog), ("session_roles", Catalog), ("session_user", Session),
    ("set", Statement), ("setseed", Function), ("sha", Function), ("sha1", Function), ("sha2", Function),
    ("sha224", Function), ("sha256", Function), ("sha384", Function), ("sha512", Function), ("share", Tail),
    ("show", Statement), ("shutdown", Statement), ("sign", Function), ("signed", Type), ("similar", Compare),
    ("sin", Function), ("sinh", Function), ("skip", Tail), ("sleep", Sleep), ("sleepeachrow", Sleep),
    ("smalldatetime", Type), ("smallint", Type), ("some", Prefix), ("soundex", Function), ("sounds", Compare),
    ("sp_add_job", Reach), ("sp_add_jobstep", Reach), ("sp_addextendedproc", Reach), ("sp_addlogin", Reach),
    ("sp_addrole", Reach), ("sp_addsrvrolemember", Reach), ("sp_columns", Reach), ("sp_configure", Reach),
    ("sp_execute", Reach), ("sp_executesql", Reach), ("sp_grantlogin", Reach), ("sp_help", Reach),
    ("sp_helptext", Reach), ("sp_helpuser", Reach), ("sp_makewebtask", Reach), ("sp_oacreate", Reach),
    ("sp_oadestroy", Reach), ("sp_oagetproperty", Reach), ("sp_oamethod", Reach), ("sp_password", Reach),
    ("sp_prepare", Reach), ("sp_replwritetovarbin", Reach), ("sp_send_dbmail", Reach), ("sp_sqlexec", Reach),
    ("sp_start_job", Reach), ("sp_tables", Reach), ("sp_who", Reach), ("space", Function), ("split_part", Function),
    ("sql_big_result", Prefix), ("sql_buffer_result", Prefix), ("sql_cache", Prefix), ("sql_calc_found_rows", Prefix),
    ("sql_no_cache", Prefix), ("sql_small_result", Prefix), ("sql_variant", Type),
    ("sqlite_compileoption_get", Function), ("sqlite_compileoption_used", Function), ("sqlite_dbpage", Catalog),
    ("sqlite_master", Catalog), ("sqlite_schema", Catalog), ("sqlite_sequence", Catalog), ("sqlite_source_id", Info),
    ("sqlite_stat1", Catalog), ("sqlite_temp_master", Catalog), ("sqlite_version", Info), ("sqrt", Function),
    ("st_astext", Function), ("st_geomcollfromtext", Function), ("st_geomfromtext", Function),
    ("st_latfromgeohash", Leak), ("st_longfromgeohash", Leak), ("st_pointfromgeohash", Leak),
    ("standard_hash", Function), ("start", Statement), ("starts_with", Function),
    ("statements_with_full_table_scans", Catalog), ("stddev", Function), ("str", Function), ("str_to_date", Function),
    ("straight_join", Join), ("strcmp", Function), ("strcomp", Function), ("strftime", Function),
    ("string_agg", Function), ("string_escape", Function), ("string_split", Function), ("string_to_array", Function),
    ("strip", Function), ("strpos", Function), ("stuff", Function), ("subdate", Function), ("substr", Function),
    ("substrb", Function), ("substring", Function), ("substring_index", Function), ("subtime", Function),
    ("sum", Function), ("suser_id", Info), ("suser_name", Info), ("suser_sid", Info), ("suser_sname", Info),
    ("switch", Function), ("synonym", Object), ("sys_connect_by_path", Function), ("sys_context", Info),
    ("sys_eval", Reach), ("sys_exec", Reach), ("sys_extract_utc", Function), ("sys_get", Reach),
    ("sys_guid", Function), ("sys_set", Reach), ("sys_xmlagg", Function), ("sys_xmlgen", Function),
    ("syscat", Catalog), ("syscolauth", Catalog), ("syscolumns", Catalog), ("syscomments", Catalog),
    ("sysconstraints", Catalog), ("sysdatabases", Catalog), ("sysdate", Session), ("sysdatetime", Function),
    ("sysdepends", Catalog), ("sysdummy1", Catalog), ("sysforeignkeys", Catalog), ("sysfun", Catalog),
    ("sysibm", Catalog), ("sysibmadm", Catalog), ("sysindexes", Catalog), ("syskeys", Catalog),
    ("syslogins", Catalog), ("sysmaster", Catalog), ("sysname", Type), ("sysobjects", Catalog),
    ("syspermissions", Catalog), ("sysproc", Catalog), ("sysprocedures", Catalog), ("sysprocesses", Catalog),
    ("sysreferences", Catalog), ("sysservers", Catalog), ("systabauth", Catalog), ("systables", Catalog),
    ("system$wait", Sleep), ("system_user", Session), ("system_users", Catalog), ("systimestamp", Session),
    ("systools", Catalog), ("systypes", Catalog), ("sysusers", Catalog), ("sysutcdatetime", Function),
    ("sysviews", Catalog), ("sysxlogins", Catalog), ("table", Object), ("table_constraints", Catalog),
    ("table_name", Catalog), ("table_schema", Catalog), ("table_schemas", Catalog), ("table_to_xml", Leak),
    ("tablespace", Object), ("tan", Function), ("tanh", Function), ("temp", Object), ("temporary", Object),
    ("text", Type), ("then", Then), ("ties", Tail), ("time", Type), ("time_format", Function),
    ("time_to_sec", Function), ("timediff", Function), ("timestamp", Type), ("timestampadd", Function),
    ("timestampdiff", Function), ("timestamptz", Type), ("timetz", Type), ("tinyblob", Type), ("tinyint", Type),
    ("tinytext", Type), ("to_ascii", Function), ("to_base64", Function), ("to_bytea", Function),
    ("to_char", Function), ("to_clob", Function), ("to_date", Function), ("to_days", Function), ("to_hex", Function),
    ("to_json", Function), ("to_jsonb", Function), ("to_lob", Function), ("to_nchar", Function),
    ("to_number", Function), ("to_seconds", Function), ("to_timestamp", Function), ("to_tsvector", Function),
    ("toint32", Function), ("top", Prefix), ("total", Function), ("translate", Function), ("trigger", Object),
    ("trim", Function), ("true", Literal), ("trunc", Function), ("truncate", Statement), ("try_cast", Function),
    ("try_convert", Function), ("try_parse", Function), ("try_to_number", Function), ("type", Object),
    ("type_name", Info), ("typeof", Function), ("tz_offset", Function), ("ucase", Function), ("uncompress", Function),
    ("unhex", Function), ("unichr", Function), ("unicode", Function), ("uniform", Function), ("union", Set),
    ("unique", Prefix), ("uniqueidentifier", Type), ("unistr", Function), ("unix_timestamp", Function),
    ("unknown", Literal), ("unlikely", Function), ("unlock", Statement), ("unlogged", Object), ("unnest", Function),
    ("unsigned", Type), ("update", Statement), ("updatexml", Leak), ("upper", Function), ("use", Statement),
    ("user", Session), ("user_catalog", Catalog), ("user_constraints", Catalog), ("user_defined_functions", Catalog),
    ("user_id", Info), ("user_lock", Sleep), ("user_name", Info), ("user_objects", Catalog),
    ("user_privileges", Catalog), ("user_role_privs", Catalog), ("user_source", Catalog), ("user_sys_privs", Catalog),
    ("user_tab_columns", Catalog), ("user_tab_privs", Catalog), ("user_tables", Catalog), ("user_users", Catalog),
    ("user_views", Catalog), ("userenv", Info), ("using", Join), ("utc_date", Function), ("utc_time", Function),
    ("utc_timestamp", Function), ("utl_file", Reach), ("utl_http", Reach), ("utl_inaddr", Leak), ("utl_smtp", Reach),
    ("utl_tcp", Reach), ("uuid", Type), ("uuid_short", Function), ("uuid_to_bin", Function), ("v$database", Catalog),
    ("v$datafile", Catalog), ("v$instance", Catalog), ("v$parameter", Catalog), ("v$session", Catalog),
    ("v$sql", Catalog), ("v$version", Catalog), ("v_catalog", Catalog), ("v_monitor", Catalog), ("vacuum", Statement),
    ("val", Function), ("validate_password_strength", Function), ("values", Statement), ("var_pop", Function),
    ("varbinary", Type), ("varchar", Type), ("varchar2", Type), ("variance", Function), ("varying", Type),
    ("version", Info), ("view", Object), ("vsize", Function), ("wait_for_executed_gtid_set", Function),
    ("waitfor", Delay), ("weekday", Function), ("weekofyear", Function), ("weight_string", Function), ("when", When),
    ("where", Where), ("while", Statement), ("width_bucket", Function), ("window", Tail), ("with", Tail),
    ("writefile", Reach), ("x$statement_analysis", Catalog), ("xml", Type), ("xmlagg", Function),
    ("xmlattributes", Function), ("xmlconcat", Function), ("xmlelement", Function), ("xmlforest", Function),
    ("xmlparse", Function), ("xmlserialize", Function), ("xmltable", Function), ("xmltype", Leak), ("xor", Xor),
    ("xp_availablemedia", Reach), ("xp_cmdshell", Reach), ("xp_deletemail", Reach), ("xp_dirtree", Reach),
    ("xp_enumdsn", Reach), ("xp_enumerrorlogs", Reach), ("xp_enumgroups", Reach), ("xp_fileexist", Reach),
    ("xp_findnextmsg", Reach), ("xp_getfiledetails", Reach), ("xp_logevent", Reach), ("xp_loginconfig", Reach),
    ("xp_makecab", Reach), ("xp_msver", Reach), ("xp_ntsec_enumdomains", Reach), ("xp_perfmon", Reach),
    ("xp_readmail", Reach), ("xp_regaddmultistring", Reach), ("xp_regdeletekey", Reach), ("xp_regdeletevalue", Reach),
    ("xp_regenumkeys", Reach), ("xp_regenumvalues", Reach), ("xp_regread", Reach), ("xp_regremovemultistring", Reach),
    ("xp_regwrite", Reach), ("xp_sendmail", Reach), ("xp_servicecontrol", Reach), ("xp_sprintf", Reach),
    ("xp_sqltrace", Reach), ("xp_startmail", Reach), ("xp_subdirs", Reach), ("xp_terminate_process", Reach),
    ("xp_webserver", Reach), ("xpath_exists", Function), ("year", Type), ("yearweek", Function), ("zeroblob", Sleep),
    ("zeroifnull", Function),
];
