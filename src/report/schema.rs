//! The JSON Schema of the report, made from the model.

use schemars::Schema;
use schemars::generate::SchemaSettings;

use super::model::Loaded;

/// The schema (draft 2020-12).
#[must_use]
pub fn schema() -> Schema {
    let generator = SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator();
    generator.into_root_schema_for::<Loaded>()
}

/// The schema as it is printed and committed.
#[must_use]
pub fn text() -> String {
    // `Value`'s own form, which cannot fail.
    format!("{:#}\n", schema().as_value())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn reports_are_valid_by_the_schema() {
        let schema = schema().to_value();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        for report in sample::all() {
            let report = serde_json::to_value(report).unwrap();
            if let Err(error) = validator.validate(&report) {
                panic!("{error} at {}", error.instance_path());
            }
        }
        let mut wrong = serde_json::to_value(sample::one_error()).unwrap();
        wrong["findings"][0]["severity"] = "fatal".into();
        assert!(!validator.is_valid(&wrong));
        wrong["findings"][0]["severity"] = "error".into();
        assert!(validator.is_valid(&wrong));
        wrong["summary"]["exit_status"] = "1".into();
        assert!(!validator.is_valid(&wrong));
    }
}
