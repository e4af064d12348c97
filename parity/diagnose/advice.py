"""The names of causes, which are part of the interface, and what to do about each: in the export call or in the Java call."""

from __future__ import annotations

ADVICE: dict[str, str] = {
    "artifact-cut": (
        "The file ends in the middle of its model, and the engine opens it without a word. Export again, and compare sizes or "
        "checksums where files are copied."
    ),
    "averaged-after-link": (
        "The export sums the trees, takes the logistic, and divides that by a number of trees; the model takes the logistic of "
        "the mean. Use another exporter or the library's own format, or train with another boosting_type."
    ),
    "averaged-for-summed": (
        "The runtime averages the trees where the model sums them. Correct the aggregate of the ensemble in the export "
        "(aggregate_function, multipleModelMethod), or use another exporter."
    ),
    "axes-permuted": (
        "The values of a tensor are read in another order of its axes (channels first against channels last, height and width "
        "exchanged). Fill the buffer in Java in the order that the artifact was exported with, or export without the exchange."
    ),
    "axis-reversed": (
        "One axis of a tensor runs the other way (BGR against RGB, an image upside down, a series from its end). Use one order "
        "before the export and in Java."
    ),
    "base-score": (
        "A constant is missing in the export, or counted twice: the base score or the intercept. Set it explicitly "
        "before training (base_score=0.5) and export again, or use a newer exporter."
    ),
    "best-iteration-ignored": (
        "Python stops at the best iteration, the saved booster holds every tree. Cut it before saving (`booster[: "
        "model.best_iteration + 1].save_model(...)`), or pass the limit in the Java call."
    ),
    "classes-permuted": ("The classes stand in another order. Read the columns by class name, not by position."),
    "constant-answer": (
        "The runtime gives the same answer to every row: what is read there is not computed from the row. Look in the artifact "
        "at the step that ends in this output (PMML: <Output> and the targets of its segments), or use another exporter."
    ),
    "columns-swapped": (
        "The artifact reads columns in each other's place. Export from the frame that the model was trained on, "
        "and pass columns by name, or in the trained order."
    ),
    "compared-in-double": (
        "The engine compares in double what the model compares in float. Round the inputs to float32 before the "
        'Java call, or use an engine that honours the declared precision (JPMML honours x-mathContext="float").'
    ),
    "complement": ("The runtime returns the probability of the other class. Read the other column."),
    "engine-api": (
        "One way of calling the engine is at fault, another way into the same engine is not. Call it the other way in Java too, "
        "or wait for a release of the wrapper that mends it."
    ),
    "equality-for-comparison": (
        "The export asks whether a value equals the threshold where the model asks whether it is at most that. Use a newer "
        "exporter (onnxmltools before 1.13 wrote Spark's trees so), or another format."
    ),
    "float32-input": (
        "float32 cannot hold these inputs. Declare float64 inputs when exporting (skl2onnx: DoubleTensorType), or "
        "subtract a constant (an epoch, an offset) in Python before training."
    ),
    "float32-thresholds": (
        "One side has thresholds in float64, the other in float32. Export with float64 thresholds where the format has "
        "them (PMML, ONNX trees with *_as_tensor attributes) or train on float32 data; where the engine compares a float32 "
        "model in double, round the inputs to float32 before the Java call."
    ),
    "leaf-values": (
        "The artifact's leaves hold other values than the model's. Export again from this very model, with all digits; "
        "look for a learning rate or a weight that is applied twice or not at all."
    ),
    "link-function": (
        "The runtime returns a probability where Python returns the raw margin. Compare the same output, or switch "
        "the link off in the export."
    ),
    "log-link-added": (
        "The runtime applies an exponential that Python does not. Compare the same output, or switch the link off in the export."
    ),
    "log-link-dropped": (
        "The model answers exp(margin) (a Poisson, gamma or Tweedie objective), the runtime the margin. Apply Math.exp in Java."
    ),
    "margin-negated": (
        "The runtime's margin has the opposite sign: that of the first of two classes, or of the outlier instead of the inlier. "
        "Read the other column in Java, or negate it. A label taken from its sign is the wrong one."
    ),
    "missing-as-zero": (
        "The runtime reads a missing value as 0. Pass the engine's missing marker in the Java call (XGBoost4J: "
        "Float.NaN as `missing`)."
    ),
    "missing-column-scored": (
        "The runtime scores a row without the column as if it were missing; Python raises. Check the names of the "
        "row in Java before scoring."
    ),
    "missing-direction-dropped": (
        "The exporter did not write where missing values go: every NaN takes the false branch. Impute before the "
        "model, or use an exporter that keeps the direction (sklearn2pmml with allow_missing=True; a fixed "
        "skl2onnx)."
    ),
    "missing-direction-flipped": (
        "The direction of missing values is turned round in the export. Impute before the model, or use another exporter."
    ),
    "nan-is-zero": (
        "The model was trained without missing values and reads NaN as 0; the export follows the default branch. "
        "Replace missing values by 0 before the Java call, or train with missing values in the data."
    ),
    "near-zero-snapped": (
        "LightGBM reads |x| <= 1e-35 as 0, the export compares it as it is. Round such values to 0 before the Java call."
    ),
    "one-vs-rest-normalised": (
        "The model gives each class a probability of its own, the export divides them by their sum. Compare the label only, or "
        "train with a multinomial objective."
    ),
    "one-vs-rest-not-normalised": (
        "The model divides the one-against-rest probabilities by their sum, the runtime does not. Divide them in Java."
    ),
    "quantised": (
        "The artifact computes in whole numbers of a few bits. Convert without quantisation, or state a tolerance for it "
        "(quantised models are judged by their accuracy on real rows)."
    ),
    "raw-margin": (
        "The export returns the raw margin where Python returns a probability. Apply 1 / (1 + exp(-m)) in Java "
        "(of several classes, softmax), or export a classifier instead of a regressor with a logistic objective."
    ),
    "refused-in-a-batch": (
        "One row is answered, several at once are refused: the message says why (an output that lies across, a fixed number of "
        "rows). Score one row at a time in Java, or correct the export."
    ),
    "ordinary-row-refused": (
        "The engine cannot score this artifact: it refuses ordinary rows too. Its message names the step; use another version of "
        "the engine, another exporter, or another opset."
    ),
    "outputs-merged": (
        "The export adds the trees of all outputs up in the first one. Train and export a model for each output, or use the "
        "library's own format."
    ),
    "outputs-sorted": (
        "One version of the library sorts the outputs of a row, so that quantiles do not cross; the other does not. "
        "Use the same version in Python and in Java, or sort the answers on both sides."
    ),
    "rounded-leaves": (
        "The export writes leaves in fewer digits than doubles have. Where scores that far apart do not matter, allow for them "
        "([gate] max-abs, with its reason); else use the library's own format."
    ),
    "rounded-thresholds": (
        "The export writes thresholds in too few digits. Write all of them (9 tell float32 numbers apart, 17 doubles), "
        "or use a binary format."
    ),
    "scores-scaled": (
        "The runtime's answers are the model's times a constant: a weight, a learning rate or a division by the number of trees "
        "is applied twice or not at all. Use another exporter, or divide by the factor in Java."
    ),
    "setting-lost": (
        "The export runs a step with another setting than the model does. Use an exporter that knows the setting (see its list "
        "of supported options), or train with the one that it writes."
    ),
    "sigmoid-scale": (
        "The runtime multiplies the margin by another factor before the link (LightGBM's `sigmoid`, Platt scaling). "
        "Write the factor into the export, or train with sigmoid=1."
    ),
    "softmax-for-one-vs-rest": (
        "The model gives each class a logistic of its own (one against rest), the export a softmax over all. Apply "
        "1 / (1 + exp(-m)) to the margins in Java, or train with a multinomial objective."
    ),
    "sparse-zero-as-missing": (
        "Python hands the booster a sparse matrix whose absent cells are missing; the runtime feeds a dense 0. Use "
        "a dense encoder (OneHotEncoder(sparse_output=False), ColumnTransformer(sparse_threshold=0)) and train "
        "again."
    ),
    "step-left-out": (
        "A step of the pipeline is not in the export. Export the whole pipeline and not its last step, or do in Java what the "
        "step does."
    ),
    "strict-comparison": (
        "The export or the engine uses < where the model uses <=, or the other way round. Use another exporter."
    ),
    "summed-for-averaged": (
        "The runtime sums the trees where the model averages them. Correct the aggregate of the ensemble in the export "
        "(aggregate_function, multipleModelMethod), or divide by the number of trees in Java."
    ),
    "missing-value-ignored": (
        "The model reads a number as missing (XGBoost's missing=-999), which no file says. Send NaN for it in the Java call "
        "(XGBoost4J: give it to the DMatrix), or train with NaN for missing."
    ),
    "text-beyond-plane-0": (
        "The engine's Java API refuses characters above U+FFFF (emoji, rare scripts), or hands the model another text. Map "
        "them to plain words, or texts to numbers, in front of the model, in training and in Java; or use another engine."
    ),
    "traced-in-training": (
        "The module was traced in training mode, and a trace keeps it: dropout drops, and normalised layers take the statistics "
        "of the batch, on the JVM as in Python, whatever eval() says later. Call eval() before torch.jit.trace."
    ),
    "training-mode": (
        "The reference is in training mode: normalised layers take the statistics of the batch that they score, dropout "
        "drops. The runtime scores in inference mode. Call eval() before scoring and before the export."
    ),
    "tree-weights": (
        "The weights of the trees are lost in the export (XGBoost's booster=\"dart\", weighted ensembles). Use the library's own "
        'format, or train with booster="gbtree".'
    ),
    "trees-of-other-classes": (
        "The trees of the artifact add to other classes than in the model: they were numbered class by class instead of round by "
        "round, or the other way. Export with a newer exporter, or use the library's own format."
    ),
    "trees-dropped": ("The artifact holds fewer trees than the model. Export again without a limit of trees or iterations."),
    "unseen-category-refused": (
        "The encoder in Python ignores categories that it has not seen; the export raises. Use "
        'handle_unknown="ignore" and export again, or map unknown categories to a known one before the Java call.'
    ),
    "validation-asymmetry": (
        "One side validates its input, the other does not. Check for missing and infinite values in Java before "
        "scoring, as Python does."
    ),
    "votes-for-probabilities": (
        "The export counts the votes of the trees where scikit-learn averages the probabilities of their leaves. Use another "
        'exporter, or correct the aggregate of the ensemble (PMML: multipleModelMethod="average").'
    ),
    "zero-as-missing": (
        "The runtime treats 0 as missing. Set its missing marker to NaN (XGBoost4J: `new DMatrix(data, rows, cols, Float.NaN)`)."
    ),
    "zero-as-missing-ignored": (
        "The model treats 0 as missing (zero_as_missing=True), which the export cannot say. Send NaN instead of 0 "
        "in the Java call, or train without zero_as_missing."
    ),
    "bin-edges-moved": (
        "The export adds 1e-8 + 1e-5 |x| to a value before it looks for its bin, as scikit-learn did until 1.2: values that "
        "far below an edge go up a bin. Round the values in front of the bins, or put the model's own edges into the file."
    ),
    "calibration-stepped": (
        "The export takes the nearest point of an isotonic calibration, the model draws a line between two. Use "
        "method='sigmoid', or calibrate in Java."
    ),
    "case-folding": (
        "One side folds upper and lower case, the other does not. Bring text to one case before both, or set "
        "`lowercase` alike in the export."
    ),
    "categories-compared": (
        "The export compares category codes with 0 where the model asks for a set of categories. Train without "
        "categorical_features (one-hot or ordinal codes as numbers), or use an exporter that knows them (sklearn2pmml)."
    ),
    "categories-lost": (
        "The artifact's trees do not know categories that the model does, or know them by other names. Look for names that an "
        "encoding or a rename changed, and export again with the categories of training."
    ),
    "categories-permuted": (
        "Two categories stand for each other: the encoder was fitted again, or its categories were written in another "
        "order. Export from the fitted encoder, and give categories by name."
    ),
    "category-codes-shifted": (
        "Category codes are off by one: one side counts from 0 and the other from 1, or a placeholder was added. Encode"
        " with the model's own categories before the Java call."
    ),
    "clipping-dropped": (
        "The export does not write the scaler's clip=True: values outside the range of training go on in a line. Clip them in "
        "Java before the engine is asked, or train with clip=False."
    ),
    "coarse-constants": (
        "The conversion stored the model's constants with fewer bits (float16 weights, dynamic range quantisation). Convert with "
        "no optimizations, or state a tolerance for it (such models are judged by their accuracy on real rows)."
    ),
    "coefficient-values": (
        "The artifact's coefficients are other numbers than the model's. Export again from this very model, with all "
        "digits (17 tell doubles apart)."
    ),
    "float32-leaves": (
        "The artifact holds leaves in float32 that the model has in float64. Export in double (ONNX: *_as_tensor "
        "attributes), or state a tolerance for it."
    ),
    "float32-scaler": (
        "The scaler's mean or scale was written in float32. Export with double inputs (skl2onnx: DoubleTensorType) or "
        "with all digits (17 tell doubles apart)."
    ),
    "float32-sums": (
        "The runtime adds the trees up in float32, the model in float64. Export in double, or split the sum "
        "(onnxmltools: split=...)."
    ),
    "distances-not-weighed": (
        "The export gives all neighbours the same weight, the model weighs them by 1 / distance. Train with weights='uniform', "
        "or use another exporter."
    ),
    "fractional-code": (
        "A category code with a fraction is cut off on one side and refused or rounded on the other. Pass whole codes "
        "in the Java call."
    ),
    "indicators-dropped": (
        "The export leaves out the columns of the imputer's add_indicator=True, and what follows reads the wrong numbers: "
        "every score is wrong. Put a MissingIndicator beside the imputer (make_union) where the exporter knows it, or go without."
    ),
    "infinite-threshold": (
        "A split between missing and present values is written as x <= INF, which the engine cannot parse: it has no branch for "
        "any value. Impute before the model, or use another engine (JPMML reads INF)."
    ),
    "integer-overflow": (
        "Whole numbers beyond 32 bits are wrapped round or cut off. Declare the column as int64 or double in the "
        "export, and pass a long in the Java call."
    ),
    "integers-in-double": (
        "Whole numbers above 2^53 are rounded on their way through a double. Pass them as text, or as a difference to a constant."
    ),
    "label-for-score": (
        "The artifact gives the class (an argmax), the model its probability. Export the model that gives probabilities, and "
        "decide in Java."
    ),
    "label-threshold": (
        "The runtime decides the label at another threshold than the model (a tuned threshold is not exported). Take "
        "the probability, and compare it with the model's threshold in Java."
    ),
    "labels-permuted": (
        "The labels stand in another order, though the scores agree. Map the index to the model's own classes_ in Java."
    ),
    "locale": (
        "Upper and lower case follow the language of the machine (Turkish i). Use Locale.ROOT in Java, and set LC_ALL "
        "alike on both sides."
    ),
    "matrix-order": (
        "The export writes the coefficient matrix row by row, the engine reads it column by column. Write it in the engine's "
        "order (the transpose's), or train one model per class: a vector has one order."
    ),
    "nan-swallowed": (
        "The engine answers a number where the model says NaN (a ReLU that is fused into the step before it makes 0 of NaN). "
        "Check for NaN in Java before scoring; TensorFlow: TF_ENABLE_ONEDNN_OPTS=0 on both sides."
    ),
    "no-known-words": (
        "A text without a word that the vectoriser knows becomes zeros, and the export divides by their length, 0. Answer such "
        "texts in Java before the engine is asked, or train with norm=None."
    ),
    "no-answer-for-missing": (
        "The runtime gives no result for a row with a missing value, which the model fills in or sends somewhere. Export the "
        "imputer too (PMML: missingValueReplacement, missingValueStrategy), or fill such values in Java."
    ),
    "normalisation-dropped": (
        "The exported file does not normalise its inputs as the model's Normalization layer does. Export the whole model, or "
        "normalise in Java with the layer's mean and variance."
    ),
    "no-true-child": (
        "The trees lean on a node's own score where none of its children is for the row, and the file does not say so. Write "
        'noTrueChildStrategy="returnLastPrediction" into each TreeModel, or export without compaction (compact=False).'
    ),
    "number-as-text": (
        "A number that is a category is written as text otherwise: 1 on one side, 1.0 on the other. Format it in Java "
        "as Python does, or train on integers."
    ),
    "rows-lost": (
        "Rows get the answer of the row after them: one was lost on the way. Check how the batch is filled in Java, and"
        " compare the number of rows."
    ),
    "signed-maximum": (
        "scikit-learn's Normalizer(norm='max') divides a row by its largest magnitude, the engine by its largest value: rows "
        "whose largest magnitude is negative differ. Use norm='l2' or 'l1', or keep the columns non-negative."
    ),
    "square-dropped": (
        "The model was trained on square roots (LightGBM's reg_sqrt=True) and squares its sum of leaves; the export leaves that "
        "out. Square the answer in Java with its sign (x * |x|), or train with reg_sqrt=False."
    ),
    "step-values": (
        "A step in front of the model computes other numbers in the artifact: it holds other learned numbers, or the exporter "
        "writes the step otherwise. Export from this very pipeline, or use an exporter that knows the step."
    ),
    "stale-rows": (
        "Some rows of a batch get the answer of the row before them: a buffer is not written again. Score rows one at a"
        " time, or copy the result of each call before the next."
    ),
    "sublinear-counts": (
        "With sublinear_tf=True scikit-learn weighs a word by 1 + ln(count), the export by ln(1 + count): texts that repeat a "
        "word differ. Train with sublinear_tf=False, or use another exporter."
    ),
    "summation-order": (
        "Both sides add the same leaves in another order. Pin the threads to one, and compare within the bound of the sum."
    ),
    "text-pattern": (
        "Text is cut into words otherwise. Give the vectoriser a token_pattern that the exporter supports, or cut text "
        "before both sides."
    ),
    "threshold-values": (
        "The artifact's thresholds are other numbers than the model's. Export again from this very model, with all digits."
    ),
    "tie-rule": (
        "Both sides give equal scores to two classes and choose another one. Compare the scores, or break ties in Java "
        "as Python does (the first class)."
    ),
    "unseen-category-as-known": (
        "A category that the encoder has not seen is read as a known one. Check for it in Java before scoring, or use "
        "handle_unknown."
    ),
    "whitespace": ("Spaces around text count on one side only. Strip text before both."),
    "zero-and-missing-exchanged": (
        "0 is passed as missing and missing as 0. Set the engine's missing marker to NaN, and fill absent cells in Java with it."
    ),
}
