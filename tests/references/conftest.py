"""CatBoost is a hundred megabytes and in `requirements/bench.in` only, H2O three hundred and nowhere: where one is not installed,

its tests are not collected.
"""

from importlib.util import find_spec

collect_ignore = [f"test_{name}.py" for name in ("catboost", "h2o") if not find_spec(name)]
