"""How good are generated clips? All metrics, baselines, one table."""
