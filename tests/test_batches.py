import keras
import numpy as np
import pytest

from zooflow.train.batches import Batches
from zooflow.train.tf_data import untuned

pytestmark = pytest.mark.heart


def tell(indices):
    return indices, np.ones(len(indices))


def dealt(lengths=None, *, count=4000, batch=32, seed=0):
    def fetch(indices):
        return indices

    return Batches(fetch, tell, count, batch=batch, seed=seed, lengths=lengths)


def skewed(count=4000):
    draw = np.random.default_rng(0).lognormal(np.log(86), 0.78, count)
    return np.clip(draw, 4, 512).astype(int)


@pytest.mark.parametrize("lengths", [None, skewed()], ids=["alike", "skewed"])
def test_every_example_comes_once_an_epoch_in_an_order_of_the_seed_and_epoch(lengths):
    one, two = dealt(lengths), dealt(lengths)
    for each in (one, two):
        each.on_epoch_begin()
    first = [one[step][1].tolist() for step in range(len(one))]
    assert sorted(each for step in first for each in step) == list(range(4000))
    assert first == [two[step][1].tolist() for step in range(len(two))]
    one.on_epoch_end()
    assert first != [one[step][1].tolist() for step in range(len(one))]


def computed(order, lengths):
    return sum(len(each) * (-(-lengths[each].max() // 16) * 16) for each in order)


def test_texts_of_like_length_stand_together():
    lengths = skewed()
    assert computed(dealt(lengths).order, lengths) < 1.2 * lengths.sum()
    assert computed(dealt().order, lengths) > 2 * lengths.sum()
    few = skewed(250)
    mixed = computed(dealt(count=250).order, few)
    assert computed(dealt(few, count=250).order, few) < 0.7 * mixed


def test_few_texts_are_not_sorted_into_the_same_batches_every_epoch():
    lengths = skewed(400)
    made = dealt(lengths, count=400)
    first = {frozenset(each.tolist()) for each in made.order}
    made.on_epoch_end()
    again = [each.tolist() for each in made.order]
    met = max(len(old & set(new)) for old in first for new in again)
    assert met < 24


def test_an_epoch_may_bring_a_batch_that_is_shorter_than_all_before():
    lengths, seen = np.array([64] * 3 + [48] * 61), []

    def fetch(indices):
        return np.ones((len(indices), lengths[indices].max(), 1), "float32")

    def tell(indices):
        seen.append(indices.tolist())
        return np.zeros((len(indices), 1), "float32"), np.ones(len(indices), "float32")

    words = keras.Input((None, 1))
    out = keras.layers.Dense(1)(keras.layers.GlobalAveragePooling1D()(words))
    model = keras.Model(words, out)
    model.compile("sgd", "mse")
    made = Batches(fetch, tell, 64, batch=32, seed=0, lengths=lengths)
    model.fit(made, epochs=12, shuffle=False, verbose=0)
    steps = [each for each in seen if len(each) == 32][-24:]
    assert all(sorted(a + b) == list(range(64)) for a, b in zip(*[iter(steps)] * 2, strict=True))
    longest = [{max(lengths[a]), max(lengths[b])} for a, b in zip(*[iter(steps)] * 2, strict=True)]
    assert longest[0] == {64}
    assert {48, 64} in longest


@pytest.mark.parametrize("count", [20, 60, 4000])
def test_the_longest_texts_come_first_and_then_the_shortest(count):
    lengths = skewed(count)
    order = dealt(lengths, count=count).order
    longest = [lengths[each].max() for each in order]
    assert longest[0] == lengths.max()
    assert longest[min(1, len(longest) - 1)] == min(longest)
    assert sorted(np.concatenate(order).tolist()) == list(range(count))


def test_texts_of_all_lengths_are_learned_from():
    lengths = np.repeat([32, 32, 32, 8], 64)
    inputs = keras.Input((None, 2))
    ones = keras.layers.Dense(1, "sigmoid")(keras.layers.GlobalAveragePooling1D()(inputs))
    model = keras.Model(inputs, ones)
    model.compile(keras.optimizers.SGD(1.0), loss="mse")
    batches = dealt(lengths, count=256)
    batches.fetch = lambda indices: np.ones((len(indices), lengths[indices].max(), 2))
    batches.targets = np.ones((256, 1))
    first, second = model.fit(batches, epochs=2, verbose=0).history["loss"]
    assert second < first


def test_batches_fetched_ahead_are_the_same():
    asked = []

    def fetch(indices):
        asked.append(indices)
        return indices * 10

    made = {
        ahead: Batches(fetch, tell, 10, batch=4, seed=1, views=2, ahead=ahead)
        for ahead in (False, True)
    }
    for _ in range(3):
        for step in (0, 0, 1, 2):  # Keras looks at the first one before it begins
            plain, ahead = (made[way][step] for way in (False, True))
            for one, two in zip(plain, ahead, strict=True):
                np.testing.assert_array_equal(one, two)
        for each in made.values():
            each.on_epoch_end()
    assert len(asked) == 3 * (4 + 5)


def test_an_epoch_that_was_begun_before_goes_on_with_its_steps():
    whole, rest = (Batches(lambda i: i, tell, 10, batch=4, seed=1, done=done) for done in (0, 1))
    for each in (whole, rest):
        assert len(each) == each.steps == 3
        each.on_epoch_begin()
    assert len(rest) == 2
    assert [rest[i][0].tolist() for i in range(2)] == [whole[i][0].tolist() for i in (1, 2)]
    for each in (whole, rest):
        each.on_epoch_end()
    assert [step[0].tolist() for step in rest] == [step[0].tolist() for step in whole]


def test_balanced_batches_show_every_class_equally_often():
    classes = np.repeat([0, 1, 2], [70, 20, 7])
    made = Batches(lambda i: i, tell, 97, batch=16, seed=0, balance=classes)
    seen = np.concatenate([made[step][0] for step in range(len(made))])
    assert sorted(np.bincount(classes[seen])) == [32, 32, 33]
    times = np.bincount(seen, minlength=97)
    assert times[:70].max() == 1  # none of a frequent class comes twice
    assert set(times[70:90]) == {1, 2}
    assert set(times[90:]) == {4, 5}
    made.on_epoch_end()
    again = np.concatenate([made[step][0] for step in range(len(made))])
    assert {*seen[seen < 70]} != {*again[again < 70]}


def test_keras_reads_the_same_batches_without_the_thread_that_tunes_tensorflow_s_input():
    def fetch(indices):
        return indices[:, None].astype("float32")

    inputs = keras.Input((1,))
    model = keras.Model(inputs, keras.layers.Dense(1, use_bias=False)(inputs))

    def learned(give):
        model.layers[-1].kernel.assign([[1.0]])
        model.compile(keras.optimizers.SGD(1e-4), "mse")
        told = model.fit(give(Batches(fetch, tell, 40, batch=16, seed=1)), epochs=2, verbose=0)
        return told.history["loss"]

    assert learned(untuned) == learned(lambda batches: batches)
    if keras.backend.backend() == "tensorflow":
        given = untuned(Batches(fetch, tell, 40, batch=16)).get_tf_dataset()
        assert given.options().autotune.enabled is False
