"""AWS End User Messaging SMS and Voice, as far as sending and hearing about it goes."""
