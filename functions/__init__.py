"""One package per Lambda function; they talk by message, never by import."""
