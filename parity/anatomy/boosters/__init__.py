"""Boosters of XGBoost, LightGBM and CatBoost: live ones and their files."""
