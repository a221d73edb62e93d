use clap::Args;

/// Values that a user gives to a chart; flags are Helm's.
#[derive(Args, Clone, Debug, Default)]
pub struct ValuesArgs {
    /// File of values; - is standard input
    #[arg(long, value_name = "FILE")]
    pub values: Vec<String>,
    /// Value, such as `a.b=1,c[0]=x`
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Value that is text
    #[arg(long, value_name = "KEY=TEXT")]
    pub set_string: Vec<String>,
    /// Value in JSON, or a JSON object of values
    #[arg(long, value_name = "KEY=JSON")]
    pub set_json: Vec<String>,
    /// Value that is the text of a file
    #[arg(long, value_name = "KEY=FILE")]
    pub set_file: Vec<String>,
    /// Value that is text, taken literally
    #[arg(long, value_name = "KEY=TEXT")]
    pub set_literal: Vec<String>,
}
