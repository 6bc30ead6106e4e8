"""The e-mail: its words, its look and its bytes."""
