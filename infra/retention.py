"""Days of log retention, in the library's own words."""

from aws_cdk import aws_logs as logs

_BY_DAYS = {
    1: logs.RetentionDays.ONE_DAY,
    7: logs.RetentionDays.ONE_WEEK,
    30: logs.RetentionDays.ONE_MONTH,
    90: logs.RetentionDays.THREE_MONTHS,
    180: logs.RetentionDays.SIX_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
}


def log_retention(days: int) -> logs.RetentionDays:
    """Return the retention for a number of days CloudWatch knows.

    Raises:
        ValueError: CloudWatch has no such retention.
    """
    try:
        return _BY_DAYS[days]
    except KeyError:
        raise ValueError(f"log_retention_days must be one of {sorted(_BY_DAYS)}") from None
