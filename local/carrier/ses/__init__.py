"""Amazon SES v2, as far as sending a message and hearing about it goes."""
