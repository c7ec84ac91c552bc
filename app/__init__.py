"""zhucun 驻村: check-ins, diaries, household records and quota calculators for cadres stationed in villages."""
