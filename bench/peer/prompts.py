"""Prompts `{op1}{operator}{op2}=` as tuples (operator, op1, op2, answer) and as tokens (method section 1)."""

import torch

OPERATORS = ("+", "-", "*", "/")
ANSWER = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a // b if b else -1,
}


class Arithmetic:
    """The universes of one tokenizer."""

    def __init__(self, tokens, max_operand, max_answer):
        self.tokens = tokens
        self.max_operand = max_operand
        self.max_answer = max_answer

    def universe(self, operator):
        found = []
        for a in range(self.max_operand):
            for b in range(self.max_operand):
                answer = ANSWER[operator](a, b)
                if 0 <= answer <= self.max_answer:
                    found.append((operator, a, b, answer))
        return found

    def ids(self, prompts):
        """[prompts, 5] tokens, BOS first."""
        t = self.tokens
        numbers = t["numbers"]
        rows = [[t["bos"], numbers[a], t["operators"][o], numbers[b], t["equals"]] for o, a, b, _ in prompts]
        return torch.tensor(rows)

    def answers(self, prompts):
        """[prompts] token of each answer."""
        return torch.tensor([self.tokens["numbers"][answer] for *_, answer in prompts])
