"""The long fault run: many jobs, every kind of fault, and ledgers that tell what was lost or paid twice."""
