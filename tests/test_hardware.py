import pytest
import torch

from emo.hardware import choose_hardware, cpu_has_bf16, lacks_compiler


@pytest.fixture
def machine(monkeypatch):
    """A machine without anything, to which a test adds."""

    def having(cuda=False, cuda_bf16=False, mps=False, cpu=()):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "Some GPU")
        monkeypatch.setattr(
            torch.cuda, "is_bf16_supported", lambda including_emulation=True: cuda_bf16 or including_emulation
        )
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: dict.fromkeys(cpu, True), raising=False)
        return choose_hardware()

    return having


@pytest.mark.parametrize(
    ("parts", "accelerator", "precision"),
    [
        ({}, "cpu", "32-true"),
        ({"cpu": ["avx2", "avx512f"]}, "cpu", "32-true"),
        ({"cpu": ["amx_bf16"]}, "cpu", "bf16-mixed"),
        ({"cpu": ["avx512_bf16"]}, "cpu", "bf16-mixed"),
        ({"mps": True, "cpu": ["amx_bf16"]}, "mps", "32-true"),
        ({"cuda": True, "cuda_bf16": True, "mps": True}, "cuda", "bf16-mixed"),
        ({"cuda": True, "cpu": ["amx_bf16"]}, "cuda", "16-mixed"),
    ],
)
def test_the_best_of_each_machine(machine, parts, accelerator, precision):
    chosen = machine(**parts)
    assert (chosen.accelerator, chosen.precision) == (accelerator, precision)
    assert chosen.reason


def test_old_torch_cannot_tell(monkeypatch):
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert cpu_has_bf16() is False


def test_what_torch_compile_lacks(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "C++" in lacks_compiler("cpu")
    compiler = tmp_path / "c++"
    compiler.write_text("#!/bin/sh\n")
    compiler.chmod(0o755)
    assert lacks_compiler("cpu") == ""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "Triton" in lacks_compiler("cuda")
