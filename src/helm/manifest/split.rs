/// The documents of a rendered file, split wherever a line begins with `---` (`SplitManifests`).
///
/// Blank ones are left out; each begins with its first letter and keeps the space at its end.
pub fn split(text: &str) -> Vec<&str> {
    let mut documents = vec![];
    let mut rest = text.trim_start();
    // The separator may stand at the very beginning.
    if let Some(behind) = rest.strip_prefix("---") {
        rest = behind;
    }
    loop {
        let (document, behind) = match rest.split_once("\n---") {
            Some((document, behind)) => (&rest[..=document.len()], Some(behind)),
            None => (rest, None),
        };
        let document = document.trim_start();
        if !document.is_empty() {
            documents.push(document);
        }
        match behind {
            Some(behind) => rest = behind,
            None => return documents,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::split;

    #[test]
    fn files_are_split_where_helm_splits_them() {
        for (text, expected) in [
            ("", vec![]),
            ("\n ---\n", vec![]),
            ("a: 1", vec!["a: 1"]),
            ("---\na: 1\n", vec!["a: 1\n"]),
            ("a: 1\n---\nb: 2\n\n", vec!["a: 1\n", "b: 2\n\n"]),
            ("a: 1\n---   \n---\nb: 2", vec!["a: 1\n", "b: 2"]),
            ("a: 1\n---b: 2", vec!["a: 1\n", "b: 2"]),
            ("a: 1\n -----\nb", vec!["a: 1\n -----\nb"]),
            ("-----BEGIN\n", vec!["--BEGIN\n"]),
            ("a: 1\n# ---\n", vec!["a: 1\n# ---\n"]),
        ] {
            assert_eq!(split(text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost_but_space_and_separators(text in "[-a\n\t ]{0,40}") {
            let kept = |text: &str| text.chars().filter(|character| *character == 'a').count();
            prop_assert_eq!(split(&text).into_iter().map(kept).sum::<usize>(), kept(&text));
        }
    }
}
