"""Callables: an emitted module, run once, behind a check of what is passed to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from operator import itemgetter
from types import CodeType
from typing import Any

from ..algebra import is_complex_symbol
from ..algebra.nodes import is_index
from ..errors import CompileError
from .module import Module, Task, module_of, prefix_of, show_dims
from .names import ascii_name, name_key, pyname
from .program import Input
from .targets import target_of
from .targets.python import PythonTarget

#: With more arguments than this the quick call takes a dict: Python looks for each keyword among all parameters, which
#: for the 2000 arrays of a network of 1000 layers takes longer than a third of backpropagation.
MOST_KEYWORDS = 100


class Compiled:
    """The functions of an emitted module. Called, it is the derivative; everything is passed by keyword.

    A name may be spelt as it was typed, as it stands in the code, or in ASCII. Arrays of the wrong number of axes, or
    whose sizes do not agree, are refused with a TypeError. ``source`` is the text that runs.
    """

    def __init__(self, task: Task, target: str = "numpy", more: Callable[[], Task] | None = None) -> None:
        """``more`` gives the task with the further functions, which are compiled when they are first called."""
        self.task, self.target, self._more = task, runnable(target), more
        self.module = module_of(task, target)
        namespace: dict[str, Any] = {"__name__": f"matcalc_{task.kind}"}
        try:
            exec(_bytecode(self.module.source), namespace)  # noqa: S102 - text made of ast nodes by matcalc.code.targets.python
        except ImportError as error:
            raise CompileError(f"the target {target} needs {error.name}, which is not installed") from None
        self.namespace = namespace
        self._single = task.options.dtype == "float32"
        self._whole: Compiled | None = None
        names = ("value", task.kind, f"value_and_{task.kind}", *task.more)
        self._functions = {name: _Entry(namespace[name]) for name in names}
        self._derivative = self._functions[task.kind].function
        signature, inputs = self.module.signature, self.module.inputs
        directions = [one for one_more in self.module.task.more.values() for one in one_more.directions]
        self._inputs = {signature.arrays[one.symbol]: one for one in inputs}
        self._inputs |= {signature.directions[one.symbol]: one for one in directions}
        self._callables = frozenset(signature.callables.values())
        self._aliases = {one.name: signature.directions[one.symbol] for one in directions} | _aliases(self.module)
        self._ignored = frozenset(name_key(one.name) for one in task.spare if one not in inputs)
        self._whole_numbers = signature.whole
        self._equal = list(_equal_sizes(self._inputs))
        self._fixed = [
            (name, axis, int(size))
            for name, one in self._inputs.items()
            for axis, size in enumerate(one.declared)
            if size.is_Integer
        ]
        self.__class__ = self._with_a_quick_call()

    @property
    def source(self) -> str:
        """The module as text."""
        return self.module.source

    @property
    def names(self) -> tuple[str, ...]:
        """What is passed, as it is called in the code."""
        return (*self._inputs, *sorted(self._callables))

    def __call__(self, /, **arrays: Any) -> Any:
        """The derivative."""
        return self._run(self.task.kind, arrays)

    def value(self, /, **arrays: Any) -> Any:
        """The value of the expression."""
        return self._run("value", arrays)

    def value_and_derivative(self, /, **arrays: Any) -> Any:
        """Both; what they share is computed once."""
        return self._run(f"value_and_{self.task.kind}", arrays)

    def hvp(self, /, **arrays: Any) -> Any:
        """The Hessian times a direction, in closed form: beside the variables ``v`` is passed, ``V`` for a matrix, for
        joint variables, and where that is an input's name, ``v_x``, ``V_W``, … Raises CompileError where there is none.
        """
        return self._further("hvp", arrays)

    def gradient(self, /, **arrays: Any) -> Any:
        """The gradient, of a gradient or a Hessian."""
        return self._run("gradient", arrays) if self.task.kind == "gradient" else self._further("gradient", arrays)

    def _further(self, name: str, arrays: Mapping[str, Any]) -> Any:
        if self._whole is None and self._more is not None:
            self._whole = Compiled(self._more(), self.target.name)
        if self._whole is None or name not in self._whole.task.more:
            raise CompileError(f"there is no {name} of a {self.task.kind} here")
        return self._whole._run(name, arrays)

    # ------------------------------------------------------------ what is passed
    def _with_a_quick_call(self) -> type:
        """A class whose ``__call__`` hands arrays of doubles that are named as in the code, and fit, straight on.

        What it tests is what :meth:`_run` tests; anything else is left to that.
        """
        if self._callables or not self._inputs or self.target.name != "numpy" or self._single:
            return type(self)
        import numpy as np

        tests = []
        for name, one in self._inputs.items():
            if one.declared:
                array = f"__type({name}) is __ndarray and {name}.dtype is __double"
                tests.append(f"{array} and {name}.ndim == {len(one.declared)}")
            elif one.symbol in self._whole_numbers:
                tests.append(f"__type({name}) is __int" + (f" and {name} > 0" if is_index(one.symbol) else ""))
            else:
                tests.append(f"__type({name}) is __float")
        tests += [f"{a}.shape[{i}] == {b}.shape[{j}]" for a, i, b, j in self._equal]
        tests += [f"{name}.shape[{axis}] == {length}" for name, axis, length in self._fixed]
        names = list(self._inputs)
        given = ", ".join(f"{name!r}: {name}" for name in names)
        spelt = "".join(  # λ may be passed as lambda_
            f"    if {name} is None:\n        {name} = __others.pop({plain!r}, None)\n"
            for name in names
            if (plain := ascii_name(name)) != name and self._aliases.get(plain) == name
        )
        fit, listed = " and ".join(tests), ", ".join(names)
        if len(names) <= MOST_KEYWORDS:
            text = (
                f"def __call__(__self, /, *, {', '.join(f'{name}=None' for name in names)}, **__others):\n"
                f"{spelt}"
                f"    if not __others and {fit}:\n"
                f"        return __derivative({listed})\n"
                f"    __given = {{{given}}}\n"
                "    return __self._run(__kind, {k: a for k, a in __given.items() if a is not None} | __others)\n"
            )
        else:
            text = (
                "def __call__(__self, /, **__others):\n"
                "    if __others.keys() == __names:\n"
                f"        {listed} = __in_order(__others)\n"
                f"        if {fit}:\n"
                f"            return __derivative({listed})\n"
                "    return __self._run(__kind, __others)\n"
            )
        scope: dict[str, Any] = {  # names that no argument has
            "__double": np.dtype(float), "__ndarray": np.ndarray, "__type": type, "__int": int, "__float": float,
            "__derivative": self._derivative, "__kind": self.task.kind,
            "__names": set(names), "__in_order": itemgetter(*names),
        }  # fmt: skip
        exec(text, scope)  # noqa: S102 - names of arguments, and nothing that was typed
        call = scope["__call__"]
        call.__doc__ = type(self).__call__.__doc__
        return type(type(self).__name__, (type(self),), {"__call__": call, "__module__": type(self).__module__})

    def _run(self, name: str, arrays: Mapping[str, Any]) -> Any:
        entry = self._functions[name]
        given: dict[str, Any] = {}
        for key, array in arrays.items():
            argument = self._aliases.get(key) or self._resolve(key)
            if argument in given:
                raise TypeError(f"{argument} is passed twice")
            if argument in self._inputs:
                array = self.target.array(array)
                given[argument] = self.target.single(array) if self._single else array
            elif argument in entry.accepted:
                given[argument] = array
        if len(given) < len(entry.accepted) and (
            missing := [one for one in self.names if one in entry.accepted - given.keys()]
        ):
            raise TypeError(f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing")
        given |= {name: self._checked(name, array) for name, array in given.items() if name in self._inputs}
        for one, axis, other, place in self._equal:
            if one in given and other in given and given[one].shape[axis] != given[other].shape[place]:
                raise TypeError(self._disagreement(one, axis, given))
        for one, axis, length in self._fixed:
            if one in given and given[one].shape[axis] != length:
                raise TypeError(self._misfit(one, given[one]))
        return entry.call(self._of_one_type(given))

    def _resolve(self, key: str) -> str:
        """The argument that another spelling means; "" for a declared variable that does not occur."""
        folded = name_key(key)
        for argument in dict.fromkeys(self._aliases.values()):
            if any(name_key(spelling) == folded for spelling, to in self._aliases.items() if to == argument):
                self._aliases[key] = argument
                return argument
        if folded in self._ignored:
            return ""
        raise TypeError(f"{key!r} is not an input; the inputs are {', '.join(self.names)}")

    def _checked(self, argument: str, array: Any) -> Any:
        """The array, of floats and of the declared number of axes."""
        declared = self._inputs[argument].declared
        if len(array.shape) != len(declared):
            raise TypeError(self._misfit(argument, array))
        symbol = self._inputs[argument].symbol
        if "complex" in str(array.dtype) and not is_complex_symbol(symbol):
            raise TypeError(f"{argument} is complex, and was not declared so, as in where='{argument}: … complex'")
        if symbol in self._whole_numbers:
            if array != int(array):
                raise TypeError(f"{argument} must be a whole number, not {array}")
            if is_index(symbol) and array < 1:
                raise TypeError(f"{argument} must be an index, a whole number from 1 on, not {array}")
            return int(array)
        return array if declared or self.target.name != "numpy" else array[()]

    def _of_one_type(self, given: dict[str, Any]) -> dict[str, Any]:
        """Arrays and numbers of the type that holds every array: NumPy code writes over what it has computed."""
        if self.target.name == "torch":  # whose products are of arrays of one type
            large = next((a.dtype for a in given.values() if "complex" in str(getattr(a, "dtype", ""))), None)
            return given if large is None else {k: a.to(large) if hasattr(a, "dtype") else a for k, a in given.items()}
        if self.target.name != "numpy":
            return given
        arrays = {name: a for name, a in given.items() if name in self._inputs and hasattr(a, "dtype")}
        types = {a.dtype for a in arrays.values()}
        if len(types) < 2:
            return given
        import numpy as np

        types = {a.dtype for a in arrays.values() if a.ndim or a.dtype.kind == "c"}
        common = np.result_type(*types) if types else np.dtype(float)
        return given | {name: a.astype(common) for name, a in arrays.items() if a.dtype != common}

    def _misfit(self, argument: str, array: Any) -> str:
        return f"{argument} must have {show_dims(self._inputs[argument].declared)}, not the shape {array.shape}"

    def _disagreement(self, argument: str, axis: int, given: Mapping[str, Any]) -> str:
        size = self._inputs[argument].declared[axis]
        shapes = ", ".join(
            f"{name} has {given[name].shape} for {show_dims(one.declared)}"
            for name, one in self._inputs.items()
            if size in one.declared
        )
        return f"the sizes called {size} differ: {shapes}"


class _Entry:
    """A function and the names of its arguments."""

    def __init__(self, function: Callable[..., Any]) -> None:
        code = function.__code__
        self.function = function
        self._arrays = code.co_varnames[: code.co_argcount]
        self.accepted = frozenset(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])

    def call(self, given: dict[str, Any]) -> Any:
        """The function of these arguments; arrays by their places, for the reason of :data:`MOST_KEYWORDS`."""
        arrays = [given.pop(name) for name in self._arrays]
        return self.function(*arrays, **given)


def _aliases(module: Module) -> dict[str, str]:
    """Every usual spelling of an argument → the argument; what is typed wins over what would be spelt alike."""
    signature = module.signature
    words = (*signature.arrays.values(), *signature.callables.values(), *signature.directions.values())
    found = {argument: argument for argument in words}
    for one in module.inputs:
        found.setdefault(one.name, signature.arrays[one.symbol])
    for one in module.inputs:
        for spelling in (pyname(one.name), ascii_name(one.name)):
            found.setdefault(spelling, signature.arrays[one.symbol])
    for callee, argument in signature.callables.items():
        for spelling in (callee.name, pyname(callee.name)):
            found.setdefault(prefix_of(callee) + spelling, argument)
    return found


def _equal_sizes(inputs: Mapping[str, Input]) -> Iterator[tuple[str, int, str, int]]:
    """Pairs of axes that must have one length: each with the first of its size."""
    first: dict[Any, tuple[str, int]] = {}
    for name, one in inputs.items():
        for axis, size in enumerate(one.declared):
            if not size.is_Integer:
                if size in first:
                    yield (*first[size], name, axis)
                first.setdefault(size, (name, axis))


@cache
def _bytecode(source: str) -> CodeType:
    return compile(source, "<matcalc>", "exec")


def runnable(name: str) -> PythonTarget:
    """The target of this name. Raises CompileError if it does not run in Python."""
    target = target_of(name)
    if not isinstance(target, PythonTarget):
        raise CompileError(f"{name} code does not run in Python", hint=f'write it with source("{name}")')
    return target


def compile_numpy(task: Task) -> Compiled:
    """The callable of a task."""
    return Compiled(task)
