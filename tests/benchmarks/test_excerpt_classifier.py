from benchmarks.record import excerpt_features, heading_model


def test_an_excerpt_is_told_its_heading_from_examples() -> None:
    rows = [("Doctor: any allergies ?\nPatient: to penicillin .", "ALLERGY")] * 3
    rows += [("Doctor: do you smoke ?\nPatient: i smoke a pack a day .", "SOCIAL")] * 3

    asked = excerpt_features("Doctor: are you allergic ?\nPatient: to latex , penicillin .")

    assert heading_model(rows).label(asked) == "ALLERGY"
