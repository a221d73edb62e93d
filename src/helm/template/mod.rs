//! Go's templates as Helm uses them: Go 1.26's `text/template` with the engine of Helm 4.3.1 around it.
//!
//! A text goes through four rooms: `lex` cuts it into tokens, `parse` and `expression` make statements of them, `compile`
//! and `call` make instructions of these, and `machine` executes the instructions. The first three are done once per
//! file; executing copies nothing of them.
//!
//! | module | what it holds |
//! |---|---|
//! | [`engine`] | the templates of a chart and its subcharts, and their rendering |
//! | [`registry`] | what functions a template can call, by name |
//! | [`format`] | text of values, as Go's `fmt` makes it |

mod argument;
mod ast;
mod builtin;
mod byte;
mod call;
mod compile;
mod context;
pub mod engine;
mod expression;
mod failure;
mod field;
pub mod format;
mod frame;
mod iterate;
mod lex;
mod literal;
mod machine;
mod namespace;
mod parse;
mod program;
pub mod registry;
mod slot;
mod token;
mod work;

#[cfg(test)]
mod test;
