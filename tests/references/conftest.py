"""CatBoost is a hundred megabytes and in `requirements/bench.in` only: where it is not installed, its tests are not collected."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("catboost") else ["test_catboost.py"]
