use std::borrow::Cow;

/// The text with everything escaped that could drive a terminal or hide what is there: control characters (also
/// newlines and tabs), marks that turn the direction of writing, and characters without width.
///
/// Escaping twice is the same as escaping once.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hostile) {
        return Cow::Borrowed(text);
    }
    let escaped = text.chars().map(|c| if is_hostile(c) { c.escape_default().to_string() } else { c.to_string() });
    Cow::Owned(escaped.collect())
}

fn is_hostile(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::escape;

    #[test]
    fn what_drives_a_terminal_is_shown_instead() {
        for (text, shown) in [
            ("prod", "prod"),
            ("größer 日本", "größer 日本"),
            ("a\u{1b}[2Jb", r"a\u{1b}[2Jb"),
            ("a\nb\tc\rd\u{7}", r"a\nb\tc\rd\u{7}"),
            ("\u{9b}31m", r"\u{9b}31m"),
            ("user\u{202e}txt.exe\u{2066}", r"user\u{202e}txt.exe\u{2066}"),
            ("pro\u{200b}d", r"pro\u{200b}d"),
        ] {
            assert_eq!(escape(text), shown);
        }
    }

    proptest! {
        #[test]
        fn nothing_hostile_is_left_and_twice_is_once(text in any::<String>()) {
            let once = escape(&text).into_owned();
            prop_assert!(!once.chars().any(char::is_control));
            prop_assert_eq!(escape(&once), once.as_str());
        }
    }
}
