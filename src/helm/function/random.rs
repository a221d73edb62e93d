//! Randomness, which the host gives: `randAlphaNum`, `shuffle`, `randInt`.

use super::{
    Function, Host,
    Kind::{Int, Text},
    argument, limit,
};
use crate::helm::{
    error::{Error, Result},
    value::Value,
};

/// The family.
pub const FUNCTIONS: &[Function] = &[
    Function::new("randAlphaNum", &[Int], |host, arguments| characters(host, arguments, u8::is_ascii_alphanumeric)),
    Function::new("randAlpha", &[Int], |host, arguments| characters(host, arguments, u8::is_ascii_alphabetic)),
    Function::new("randNumeric", &[Int], |host, arguments| characters(host, arguments, u8::is_ascii_digit)),
    Function::new("randAscii", &[Int], |host, arguments| {
        characters(host, arguments, |byte| (b' '..=b'~').contains(byte))
    }),
    Function::new("randInt", &[Int, Int], |host, arguments| {
        let (low, high) = (argument::int(arguments, 0)?, argument::int(arguments, 1)?);
        let range = u64::try_from(high.wrapping_sub(low)).ok().filter(|range| *range > 0);
        let Some(range) = range else { return Err(Error::new("invalid argument to Intn")) };
        Ok(Value::Int(low.wrapping_add_unsigned(below(host, range))))
    }),
    Function::new("shuffle", &[Text], |host, arguments| {
        let mut letters: Vec<char> = argument::text(arguments, 0)?.chars().collect();
        for last in (1..letters.len()).rev() {
            letters.swap(last, place_below(host, last + 1));
        }
        Ok(letters.into_iter().collect::<String>().into())
    }),
];

/// So many characters of those that belong; none for a negative count, as sprig swallows the error.
fn characters(host: &mut dyn Host, arguments: &[Value], belongs: fn(&u8) -> bool) -> Result<Value> {
    let count = usize::try_from(argument::int(arguments, 0)?).unwrap_or(0);
    limit::items(count)?;
    let set: Vec<char> = (0..=0x7F).filter(belongs).map(char::from).collect();
    Ok((0..count).map(|_| set[place_below(host, set.len())]).collect::<String>().into())
}

/// A number from 0 up to `end`, which is not 0, each as likely as the others.
fn below(host: &mut dyn Host, end: u64) -> u64 {
    let fair = u64::MAX - u64::MAX % end;
    // A host whose randomness is stuck must not hang the engine: after some tries any number will do.
    let mut number = u64::MAX;
    for _ in 0..128 {
        let mut bytes = [0; 8];
        host.random(&mut bytes);
        number = u64::from_le_bytes(bytes);
        if number < fair {
            break;
        }
    }
    number % end
}

fn place_below(host: &mut dyn Host, end: usize) -> usize {
    usize::try_from(below(host, end as u64)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::vector::{World, call};
    use crate::helm::value::Value;

    #[test]
    fn random_text_has_its_length_and_only_its_characters() {
        let mut world = World::default();
        for (name, belongs) in [
            ("randAlphaNum", char::is_ascii_alphanumeric as fn(&char) -> bool),
            ("randAlpha", char::is_ascii_alphabetic),
            ("randNumeric", char::is_ascii_digit),
            ("randAscii", char::is_ascii),
        ] {
            let first = call(&mut world, name, &[Value::Int(200)]).unwrap();
            let text = first.as_text().unwrap();
            assert!(text.len() == 200 && text.chars().all(|character| belongs(&character)), "{name}: {text}");
            let second = call(&mut world, name, &[Value::Int(200)]).unwrap();
            assert_ne!(Some(text), second.as_text(), "{name} repeats itself");
            assert_eq!(call(&mut world, name, &[Value::Int(-1)]).unwrap().as_text(), Some(""));
            assert!(call(&mut world, name, &[Value::Int(i64::MAX)]).is_err());
        }
    }

    #[test]
    fn shuffling_keeps_the_letters() {
        let mut world = World::default();
        let shuffled = call(&mut world, "shuffle", &["abcdefghijklmnop".into()]).unwrap();
        let mut letters: Vec<char> = shuffled.as_text().unwrap().chars().collect();
        assert_ne!(shuffled.as_text(), Some("abcdefghijklmnop"));
        letters.sort_unstable();
        assert_eq!(letters.into_iter().collect::<String>(), "abcdefghijklmnop");
    }

    #[test]
    fn random_numbers_stay_in_their_range() {
        let mut world = World::default();
        for _ in 0..100 {
            let number = call(&mut world, "randInt", &[Value::Int(-3), Value::Int(2)]).unwrap();
            assert!(matches!(number, Value::Int(-3..=1)), "{number:?}");
        }
        assert!(call(&mut world, "randInt", &[Value::Int(1), Value::Int(1)]).is_err());
    }
}
