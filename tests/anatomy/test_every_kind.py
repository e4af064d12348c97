"""Every kind of model that the readers are for: its structure is read, or the anatomy says why not; never neither."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn import (
    calibration,
    cluster,
    decomposition,
    discriminant_analysis,
    dummy,
    ensemble,
    feature_extraction,
    gaussian_process,
    impute,
    isotonic,
    linear_model,
    model_selection,
    multiclass,
    multioutput,
    naive_bayes,
    neighbors,
    neural_network,
    preprocessing,
    svm,
    tree,
)
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline

from parity.anatomy import read_artifact, read_model
from tests.anatomy.documents import SCORECARD, document
from tests.anatomy.rows import COLUMNS, table

X, TWO, THREE, NUMBER = table(rows=400)
FRAME = pd.DataFrame(X, columns=COLUMNS).assign(word=np.array(["red", "blue", "green"])[np.arange(400) % 3])
NUMBERS = FRAME[list(COLUMNS)]
WORDS = FRAME.word + " " + FRAME.word.shift(1, fill_value="red")
SMALL = {"n_estimators": 3}
SCALED = preprocessing.StandardScaler()


def boosters():
    import catboost
    import lightgbm
    import xgboost

    tiny = {"n_estimators": 3, "n_jobs": 1}
    quiet = {"iterations": 3, "verbose": 0, "allow_writing_files": False, "thread_count": 1}
    return {
        **{f"xgboost {b}": xgboost.XGBClassifier(**tiny, booster=b) for b in ("gbtree", "dart", "gblinear")},
        **{
            f"lightgbm {b}": lightgbm.LGBMClassifier(**tiny, boosting_type=b, verbose=-1, subsample=0.5, subsample_freq=1)
            for b in ("gbdt", "dart", "rf")
        },
        "lightgbm linear": lightgbm.LGBMRegressor(**tiny, linear_tree=True, verbose=-1),
        "catboost": catboost.CatBoostClassifier(**quiet),
        "catboost quantile": catboost.CatBoostRegressor(**quiet, loss_function="Quantile"),
        "catboost poisson": catboost.CatBoostRegressor(**quiet, loss_function="Tweedie:variance_power=1.5"),
    }


# Kind to the model and what is read of it: "trees", "linear", "smooth", "cuts", or "" where it says why not.
MODELS = {
    "tree": (tree.DecisionTreeClassifier(max_depth=3), "trees"),
    "extra tree": (tree.ExtraTreeRegressor(max_depth=3), "trees"),
    "forest": (ensemble.RandomForestClassifier(**SMALL), "trees"),
    "extra trees": (ensemble.ExtraTreesClassifier(**SMALL), "trees"),
    "gradient boosting": (ensemble.GradientBoostingClassifier(**SMALL), "trees"),
    "gradient boosting from a model": (
        ensemble.GradientBoostingClassifier(init=tree.DecisionTreeClassifier(max_depth=1), **SMALL),
        "trees",
    ),
    "histogram boosting": (ensemble.HistGradientBoostingClassifier(max_iter=3), "trees"),
    "adaboost": (ensemble.AdaBoostClassifier(**SMALL), "trees"),
    "bagging": (ensemble.BaggingClassifier(**SMALL), "trees"),
    "isolation forest": (ensemble.IsolationForest(**SMALL), "trees"),
    "embedding": (ensemble.RandomTreesEmbedding(**SMALL), ""),
    "linear": (linear_model.LinearRegression(), "linear"),
    "ridge": (linear_model.Ridge(), "linear"),
    "lasso": (linear_model.Lasso(), "linear"),
    "logistic": (make_pipeline(SCALED, linear_model.LogisticRegression()), "linear"),
    "sgd": (linear_model.SGDClassifier(loss="modified_huber"), "linear"),
    "poisson": (make_pipeline(SCALED, linear_model.PoissonRegressor()), "linear"),
    "linear svc": (make_pipeline(SCALED, svm.LinearSVC()), "linear"),
    "svc": (make_pipeline(SCALED, svm.SVC()), "smooth"),
    "svc of polynomials": (make_pipeline(SCALED, svm.SVC(kernel="poly")), "smooth"),
    "svr": (make_pipeline(SCALED, svm.SVR()), "smooth"),
    "one class": (make_pipeline(SCALED, svm.OneClassSVM()), ""),
    "neighbours": (neighbors.KNeighborsClassifier(), "smooth"),
    "neighbours of a number": (neighbors.KNeighborsRegressor(), "smooth"),
    "radius": (neighbors.RadiusNeighborsClassifier(radius=1e12), ""),
    "gaussian bayes": (naive_bayes.GaussianNB(), "smooth"),
    "multinomial bayes": (naive_bayes.MultinomialNB(), "linear"),
    "bernoulli bayes": (naive_bayes.BernoulliNB(), "smooth"),
    "complement bayes": (naive_bayes.ComplementNB(), ""),
    "network": (make_pipeline(SCALED, neural_network.MLPClassifier(hidden_layer_sizes=(3,), max_iter=5)), "smooth"),
    "network of a number": (make_pipeline(SCALED, neural_network.MLPRegressor(hidden_layer_sizes=(3,), max_iter=5)), "smooth"),
    "gaussian process": (gaussian_process.GaussianProcessRegressor(), "smooth"),
    "discriminant": (discriminant_analysis.LinearDiscriminantAnalysis(), ""),
    "quadratic": (discriminant_analysis.QuadraticDiscriminantAnalysis(reg_param=0.5), ""),
    "calibrated": (calibration.CalibratedClassifierCV(tree.DecisionTreeClassifier(max_depth=2), cv=2), "trees"),
    "calibrated line": (calibration.CalibratedClassifierCV(make_pipeline(SCALED, linear_model.LogisticRegression()), cv=2), ""),
    "voting": (ensemble.VotingClassifier([("a", tree.DecisionTreeClassifier(max_depth=2))], voting="hard"), "trees"),
    "stacking": (ensemble.StackingClassifier([("a", tree.DecisionTreeClassifier(max_depth=2))], cv=2), "trees"),
    "search": (model_selection.GridSearchCV(tree.DecisionTreeClassifier(), {"max_depth": [2]}, cv=2), "trees"),
    "threshold": (model_selection.FixedThresholdClassifier(tree.DecisionTreeClassifier(max_depth=2), threshold=0.3), "trees"),
    "one against the rest": (multiclass.OneVsRestClassifier(tree.DecisionTreeClassifier(max_depth=2)), ""),
    "several outputs": (multioutput.MultiOutputRegressor(tree.DecisionTreeRegressor(max_depth=2)), ""),
    "constant": (dummy.DummyClassifier(), ""),
    "clusters": (cluster.KMeans(2, n_init=1), ""),
    **{name: (model, "linear" if name == "xgboost gblinear" else "trees") for name, model in boosters().items()},
}


def fitted(name, model):
    counts = np.abs(X) if "bayes" in name else X
    target = np.column_stack([NUMBER, NUMBER]) if name == "several outputs" else np.abs(NUMBER) if "oisson" in name else TWO
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of networks that have not converged
        return model.fit(counts, target)


def read(anatomy):
    """What was read, by the first of trees, linear, smooth and cuts that is there."""
    found = {"trees": anatomy.trees, "linear": anatomy.linear, "smooth": anatomy.smooth}
    return next((kind for kind, part in found.items() if part is not None), "cuts" if len(anatomy.cuts.column) else "")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_read_or_says_why_not(name):
    model, expected = MODELS[name]
    anatomy = read_model(fitted(name, model), COLUMNS)
    assert read(anatomy) == expected
    assert expected or anatomy.unread
    assert all(len(note) > 5 for note in anatomy.unread)


FRONTS = {
    "scalers": (
        make_pipeline(SCALED, preprocessing.MinMaxScaler(), preprocessing.RobustScaler(), preprocessing.MaxAbsScaler()),
        True,
    ),
    "bins": (preprocessing.KBinsDiscretizer(3, quantile_method="averaged_inverted_cdf"), True),
    "imputer": (impute.SimpleImputer(add_indicator=True), True),
    "neighbours' values": (impute.KNNImputer(), False),
    "quantiles": (preprocessing.QuantileTransformer(n_quantiles=20), True),
    "powers": (make_pipeline(SCALED, preprocessing.PowerTransformer()), True),
    "splines": (preprocessing.SplineTransformer(3), False),
    "products": (make_pipeline(SCALED, preprocessing.PolynomialFeatures(2)), True),
    "components": (make_pipeline(SCALED, decomposition.PCA(3)), True),
    "other components": (decomposition.TruncatedSVD(3), False),
    "flags": (preprocessing.Binarizer(threshold=0.5), True),
    "function": (preprocessing.FunctionTransformer(np.abs), False),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FRONTS)
def test_a_step_in_front_is_followed_or_named(name):
    front, followed = FRONTS[name]
    anatomy = read_model(make_pipeline(front, tree.DecisionTreeClassifier(max_depth=3)).fit(X, TWO), COLUMNS)
    assert anatomy.trees is not None
    assert bool(anatomy.unread) != followed


TEXTS = {
    "counts": (feature_extraction.text.CountVectorizer(), True),
    "weights": (feature_extraction.text.TfidfVectorizer(), True),
    "hashes": (feature_extraction.text.HashingVectorizer(n_features=8), False),
}


@pytest.mark.parametrize("name", TEXTS)
def test_words_are_read_or_the_vectoriser_is_named(name):
    front, followed = TEXTS[name]
    anatomy = read_model(make_pipeline(front, linear_model.LogisticRegression()).fit(WORDS, TWO), ("text",))
    assert anatomy.vocabulary[0]
    assert bool(anatomy.unread) != followed


ENCODERS = {
    "one hot": (preprocessing.OneHotEncoder(), True),
    "ordinal": (preprocessing.OrdinalEncoder(), True),
    "target": (preprocessing.TargetEncoder(cv=2), False),
}


@pytest.mark.parametrize("name", ENCODERS)
def test_categories_are_read_or_the_encoder_is_named(name):
    front, followed = ENCODERS[name]
    columns = ColumnTransformer([("word", front, ["word"])], remainder="passthrough")
    model = make_pipeline(columns, tree.DecisionTreeClassifier(max_depth=3)).fit(FRAME, TWO)
    anatomy = read_model(model, tuple(FRAME))
    assert (anatomy.categories[-1] is not None) == followed
    assert bool(anatomy.unread) != followed


def test_isotonic_regression_has_knots():
    assert read(read_model(isotonic.IsotonicRegression().fit(X[:, 0], NUMBER), COLUMNS[:1])) == "cuts"


FILES = {
    "model.onnx": (b"", False),
    "model.zip": (b"PK\x03\x04 an H2O MOJO", False),
    "model.pkl": (b"\x80\x04", False),
    "saved_model.pb": (b"\x08\x01", False),
    "model.pmml": (SCORECARD.encode(), True),
    "clusters.pmml": (document('<ClusteringModel functionName="clustering"/>').encode(), False),
    "network.pmml": (document('<NeuralNetwork functionName="regression"/>').encode(), False),
    "other.json": (json.dumps({"version": 1}).encode(), False),
    "notes.txt": (b"tree\nis only the first word\n", False),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_or_says_why_not(name, tmp_path):
    content, expected = FILES[name]
    (tmp_path / name).write_bytes(content)
    anatomy = read_artifact(tmp_path / name, COLUMNS if not expected else ("a", "b", "c"))
    assert bool(read(anatomy)) == expected
    assert bool(anatomy.unread) != expected
