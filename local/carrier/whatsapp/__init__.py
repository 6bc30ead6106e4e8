"""AWS End User Messaging Social, as far as WhatsApp messages and hearing about them goes."""
