//! The templates that can be called by name: those of all charts together, and those that a `tpl` text adds for itself.

use std::{collections::HashMap, rc::Rc};

use super::program::Template;

/// Templates by name, over those of an outer namespace. `tpl` gets a namespace of its own in this way, without a copy.
#[derive(Clone, Default)]
pub(super) struct Namespace {
    templates: HashMap<Rc<str>, Template>,
    outer: Option<Rc<Self>>,
}

impl Namespace {
    /// An empty namespace in which everything of `outer` is seen.
    pub(super) fn inside(outer: &Rc<Self>) -> Self {
        Self { templates: HashMap::new(), outer: Some(Rc::clone(outer)) }
    }

    /// Adds a template. It replaces another of its name, but not if there is nothing in it.
    pub(super) fn add(&mut self, template: Template) {
        if !template.is_empty || self.find(&template.name).is_none() {
            self.templates.insert(Rc::clone(&template.name), template);
        }
    }

    /// The template of this name.
    pub(super) fn find(&self, name: &str) -> Option<&Template> {
        let mut namespace = self;
        loop {
            if let Some(template) = namespace.templates.get(name) {
                return Some(template);
            }
            namespace = namespace.outer.as_deref()?;
        }
    }
}
