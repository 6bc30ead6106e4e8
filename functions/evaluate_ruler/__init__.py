"""Find the accounts that are due and decide who is contacted."""
