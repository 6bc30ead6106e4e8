"""What every port promises, run on its in-memory twin and on the AWS adapter."""
