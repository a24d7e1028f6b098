"""From what doctors and patients say to a medical record that says nothing else. Knows neither Django nor the network.

transcripts   what was said, by whom and when; corrections; who speaks where nobody has labelled it
records       what a record holds, and the templates that say of what it consists
coding        terms of a hospital's catalogue for a diagnosis, a drug or a test as it was written: `catalogue.Catalogue`
grounding     what the words bear out (`statement_grounding.ground_statement`), what is said of a finding
              (`assertion.find_assertion`), figures, drugs, sides, contradictions
dialogue      what questions and answers say, and how a record words it
drafting      `draft_by_rules` and `draft_by_model`: each statement held against the words it came from
exporting     FHIR, CDA, PDF, Word, JSON and de-identified copies of what may leave the house

What a doctor could review (word lists, rules of wording, templates) stands in TOML and text files beside the module of
the same name. `domain.clinical.training` learns from a hospital's own files.

Here stands what everything else speaks of. What drafts, codes and exports loads numerical libraries: it is imported from
its own package by whoever needs it.
"""

from domain.clinical.records.record import RecordContent, Statement, Status, Support
from domain.clinical.records.template import Template
from domain.clinical.transcripts.transcript import ClinicalTranscript, Utterance

__all__ = ["ClinicalTranscript", "RecordContent", "Statement", "Status", "Support", "Template", "Utterance"]
