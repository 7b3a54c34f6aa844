"""The system of record: tables, transactions with change numbers, row history."""
