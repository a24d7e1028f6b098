"""What a medical record holds, the templates it is written by, and the sections of notes as hospitals write them."""
