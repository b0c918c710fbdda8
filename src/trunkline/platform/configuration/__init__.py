"""The configuration of an account: users, profiles, skills, agent groups, lines of business, status reasons."""
