//! Go's layouts: how the second of January 2006, 15:04:05, seven hours west of Greenwich, would be written.

/// What a part of a layout stands for. Numbers are without zeros before them unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    /// `2006`.
    Year,
    /// `06`.
    ShortYear,
    /// `January`.
    MonthName,
    /// `Jan`.
    ShortMonthName,
    /// `1`, or `01`.
    Month(Padding),
    /// `Monday`.
    WeekdayName,
    /// `Mon`.
    ShortWeekdayName,
    /// `2`, `_2` or `02`.
    Day(Padding),
    /// `__2` or `002`.
    DayOfYear(Padding),
    /// `15`, always of two digits.
    Hour,
    /// `3` or `03`.
    HourOfHalf(Padding),
    /// `4` or `04`.
    Minute(Padding),
    /// `5` or `05`.
    Second(Padding),
    /// `PM`.
    UpperHalf,
    /// `pm`.
    LowerHalf,
    /// `MST`.
    ZoneName,
    /// `-0700` and its like.
    Offset(Offset),
    /// `.000` or `,999`.
    Fraction(Fraction),
}

/// With what a number is filled up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Padding {
    None,
    Space,
    Zero,
}

/// How an offset from UTC is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offset {
    /// `Z` stands for UTC itself.
    pub(super) zulu: bool,
    /// Colons stand between the numbers.
    pub(super) colon: bool,
    /// How many numbers there are: hours, minutes, seconds.
    pub(super) numbers: u8,
}

/// How parts of a second are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fraction {
    /// A point or a comma.
    pub(super) separator: char,
    /// How many digits.
    pub(super) digits: usize,
    /// Without zeros at the end.
    pub(super) trimmed: bool,
}

/// A layout cut at its first element.
pub(super) struct Cut<'a> {
    /// What stands before it, and is meant as it is written.
    pub(super) before: &'a str,
    /// The element and its text, where there is one.
    pub(super) element: Option<(Element, &'a str)>,
    /// What follows.
    pub(super) after: &'a str,
}

/// The elements by their texts; of two that begin alike the longer comes first.
const ELEMENTS: [(&str, Element); 33] = [
    ("January", Element::MonthName),
    ("Jan", Element::ShortMonthName),
    ("Monday", Element::WeekdayName),
    ("Mon", Element::ShortWeekdayName),
    ("MST", Element::ZoneName),
    ("01", Element::Month(Padding::Zero)),
    ("02", Element::Day(Padding::Zero)),
    ("03", Element::HourOfHalf(Padding::Zero)),
    ("04", Element::Minute(Padding::Zero)),
    ("05", Element::Second(Padding::Zero)),
    ("06", Element::ShortYear),
    ("002", Element::DayOfYear(Padding::Zero)),
    ("15", Element::Hour),
    ("1", Element::Month(Padding::None)),
    ("2006", Element::Year),
    ("2", Element::Day(Padding::None)),
    ("_2", Element::Day(Padding::Space)),
    ("__2", Element::DayOfYear(Padding::Space)),
    ("3", Element::HourOfHalf(Padding::None)),
    ("4", Element::Minute(Padding::None)),
    ("5", Element::Second(Padding::None)),
    ("PM", Element::UpperHalf),
    ("pm", Element::LowerHalf),
    ("-070000", Element::Offset(Offset { zulu: false, colon: false, numbers: 3 })),
    ("-07:00:00", Element::Offset(Offset { zulu: false, colon: true, numbers: 3 })),
    ("-0700", Element::Offset(Offset { zulu: false, colon: false, numbers: 2 })),
    ("-07:00", Element::Offset(Offset { zulu: false, colon: true, numbers: 2 })),
    ("-07", Element::Offset(Offset { zulu: false, colon: false, numbers: 1 })),
    ("Z070000", Element::Offset(Offset { zulu: true, colon: false, numbers: 3 })),
    ("Z07:00:00", Element::Offset(Offset { zulu: true, colon: true, numbers: 3 })),
    ("Z0700", Element::Offset(Offset { zulu: true, colon: false, numbers: 2 })),
    ("Z07:00", Element::Offset(Offset { zulu: true, colon: true, numbers: 2 })),
    ("Z07", Element::Offset(Offset { zulu: true, colon: false, numbers: 1 })),
];

/// Cuts a layout at its first element.
pub(super) fn cut(layout: &str) -> Cut<'_> {
    for (place, _) in layout.char_indices() {
        let rest = &layout[place..];
        if let Some((element, length)) = element(rest) {
            let (text, after) = rest.split_at(length);
            return Cut { before: &layout[..place], element: Some((element, text)), after };
        }
    }
    Cut { before: layout, element: None, after: "" }
}

/// The element with which the text begins, and its length.
fn element(text: &str) -> Option<(Element, usize)> {
    // An underscore before a year is meant as it is written.
    if text.starts_with("_2006") {
        return None;
    }
    if let Some((fraction, length)) = fraction(text) {
        return Some((Element::Fraction(fraction), length));
    }
    let (word, element) = ELEMENTS.iter().find(|(word, _)| text.starts_with(word))?;
    let short = matches!(element, Element::ShortMonthName | Element::ShortWeekdayName);
    // `Month` is no `Mon` with something after it.
    let goes_on = short && text[word.len()..].starts_with(|next: char| next.is_ascii_lowercase());
    (!goes_on).then_some((*element, word.len()))
}

/// A fraction with which the text begins, and its length: a separator and digits that are all 0 or all 9.
fn fraction(text: &str) -> Option<(Fraction, usize)> {
    let separator = text.chars().next().filter(|first| matches!(first, '.' | ','))?;
    let first = text[1..].chars().next().filter(|digit| matches!(digit, '0' | '9'))?;
    let rest = text[1..].trim_start_matches(first);
    let digits = text.len() - 1 - rest.len();
    let whole = !rest.starts_with(|next: char| next.is_ascii_digit());
    // Go has twelve bits for the number of digits.
    whole.then_some((Fraction { separator, digits: digits % 4096, trimmed: first == '9' }, 1 + digits))
}

#[cfg(test)]
mod tests {
    use super::cut;

    fn parts(layout: &str) -> Vec<String> {
        let mut parts = vec![];
        let mut rest = layout;
        loop {
            let cut = cut(rest);
            if !cut.before.is_empty() {
                parts.push(format!("'{}'", cut.before));
            }
            let Some((_, text)) = cut.element else { return parts };
            parts.push(text.to_owned());
            rest = cut.after;
        }
    }

    #[test]
    fn layouts_are_cut_as_go_cuts_them() {
        let table = [
            ("2006-01-02T15:04:05Z07:00", "2006 '-' 01 '-' 02 'T' 15 ':' 04 ':' 05 Z07:00"),
            ("Mon Jan _2 15:04:05.000 MST 2006", "Mon ' ' Jan ' ' _2 ' ' 15 ':' 04 ':' 05 .000 ' ' MST ' ' 2006"),
            ("Month Janet Monday January", "'Month Janet ' Monday ' ' January"),
            ("_2006 __2 002 00", "'_' 2006 ' ' __2 ' ' 002 ' 00'"),
            ("5.0001 5,99", "5 '.00' 01 ' ' 5 ,99"),
            ("-07:00:00-070000-07-0700-07:00", "-07:00:00 -070000 -07 -0700 -07:00"),
            ("Z07:00:00Z070000Z07Z0700Z", "Z07:00:00 Z070000 Z07 Z0700 'Z'"),
            ("3PM pm P 07 é", "3 PM ' ' pm ' P 07 é'"),
        ];
        for (layout, wanted) in table {
            assert_eq!(parts(layout).join(" "), wanted, "{layout}");
        }
    }
}
