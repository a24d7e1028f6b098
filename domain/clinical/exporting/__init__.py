"""What leaves the house: one document of supported statements, written as FHIR, CDA, PDF, Word, JSON or without names."""
