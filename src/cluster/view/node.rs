use std::collections::BTreeMap;

use crate::{
    cluster::bare,
    snapshot::{Node, Quantities},
};

/// A node, as far as room for pods goes.
pub(in crate::cluster) fn node(object: bare::Node) -> Node {
    let spec = object.spec.unwrap_or_default();
    let tainted = spec.taints.unwrap_or_default().iter().any(|taint| taint.effect != "PreferNoSchedule");
    let status = object.status.unwrap_or_default();
    let images = status.images.unwrap_or_default().into_iter().flat_map(|image| image.names.unwrap_or_default());
    Node {
        name: object.metadata.name.unwrap_or_default(),
        labels: object.metadata.labels.unwrap_or_default(),
        closed: spec.unschedulable.unwrap_or_default() || tainted,
        allocatable: quantities(&status.allocatable.unwrap_or_default()),
        images: images.collect(),
    }
}

/// What containers ask for together.
pub(super) fn requests(containers: &[bare::Container]) -> Quantities {
    let mut total = Quantities::default();
    for container in containers {
        let asked = container.resources.as_ref().and_then(|resources| resources.requests.as_ref());
        total += asked.map(quantities).unwrap_or_default();
    }
    total
}

/// The most that containers may take together.
pub(super) fn limits(containers: &[bare::Container]) -> Quantities {
    let mut total = Quantities::default();
    for container in containers {
        let most = container.resources.as_ref().and_then(|resources| resources.limits.as_ref());
        total += most.map(quantities).unwrap_or_default();
    }
    total
}

/// A quantity in parts of `unit`, rounded up; `None` where it is none.
pub(super) fn quantity(quantity: &str, unit: f64) -> Option<i64> {
    parse(quantity).map(|number| rounded(number * unit))
}

fn quantities(list: &BTreeMap<String, String>) -> Quantities {
    let value = |name: &str, unit: f64| list.get(name).and_then(|found| quantity(found, unit)).unwrap_or_default();
    Quantities { cpu_milli: value("cpu", 1000.0), memory: value("memory", 1.0) }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a float cast saturates, which is what an absurd quantity deserves"
)]
fn rounded(number: f64) -> i64 {
    number.ceil() as i64
}

/// A Kubernetes quantity (`100m`, `2`, `16Gi`, `1e3`) as a plain number.
fn parse(text: &str) -> Option<f64> {
    let number_end = text.rfind(|c: char| c.is_ascii_digit() || c == '.').map_or(0, |last| last + 1);
    let (number, unit) = text.split_at(number_end);
    let factor = match unit {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => 1_048_576.0,
        "Gi" => 1_073_741_824.0,
        "Ti" => 1_099_511_627_776.0,
        "Pi" => 1_125_899_906_842_624.0,
        "Ei" => 1_152_921_504_606_846_976.0,
        _ => return None,
    };
    number.parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number * factor)
}

#[cfg(test)]
mod tests {
    use super::{parse, rounded};

    #[test]
    fn quantities_are_read_as_kubernetes_writes_them() {
        for (text, wanted) in
            [("100m", 0.1), ("2", 2.0), ("1.5Gi", 1_610_612_736.0), ("1e3", 1000.0), ("128974848", 128_974_848.0)]
        {
            assert!((parse(text).expect("a quantity") - wanted).abs() < 1e-6, "{text}");
        }
        assert_eq!(parse("many"), None);
        assert_eq!(parse(""), None);
        assert_eq!(rounded(f64::MAX), i64::MAX);
    }
}
