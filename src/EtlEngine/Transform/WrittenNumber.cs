using System.Globalization;

namespace EtlTools.Engine.Transform;

/// <summary>A number in any notation: its digits, and the meaning of the marks around them. Each mark may occur once.</summary>
internal readonly ref struct WrittenNumber
{
    private const int CodeLength = 3;
    private const char Minus = '\u2212';

    private WrittenNumber(ReadOnlySpan<char> digits, bool isNegative, bool isPercent)
    {
        Digits = digits;
        IsNegative = isNegative;
        IsPercent = isPercent;
    }

    /// <summary>Digits, point, group separators and exponent.</summary>
    public ReadOnlySpan<char> Digits { get; }

    public bool IsNegative { get; }

    public bool IsPercent { get; }

    /// <summary>Removes the marks from a number.</summary>
    /// <param name="text">The number, without white space around it.</param>
    /// <param name="notations">The accepted marks.</param>
    /// <param name="culture">The culture, for its currency.</param>
    /// <param name="number">The number.</param>
    /// <returns>False if a mark occurs twice, or nothing is left.</returns>
    public static bool TryRead(ReadOnlySpan<char> text, NumberNotations notations, CultureInfo culture, out WrittenNumber number)
    {
        number = default;
        string symbol = culture.NumberFormat.CurrencySymbol;
        bool isEnclosed = notations.HasFlag(NumberNotations.Parentheses) && text is ['(', .., ')'];
        if (isEnclosed)
            text = text[1..^1].Trim();
        char sign = isEnclosed ? '-' : '\0';
        bool hasCurrency = false;
        bool isPercent = false;
        while (!text.IsEmpty)
        {
            int length = text.Length;
            if (sign == '\0' && text[0] is '-' or '+' or Minus)
            {
                sign = text[0];
                text = text[1..].TrimStart();
            }
            else if (sign == '\0' && notations.HasFlag(NumberNotations.TrailingSign) && text[^1] is '-' or '+' or Minus)
            {
                sign = text[^1];
                text = text[..^1].TrimEnd();
            }
            if (!isPercent && notations.HasFlag(NumberNotations.Percent) && text is [.., '%'])
            {
                isPercent = true;
                text = text[..^1].TrimEnd();
            }
            if (!hasCurrency && notations.HasFlag(NumberNotations.Currency))
            {
                ReadOnlySpan<char> rest = WithoutCurrency(text, symbol);
                hasCurrency = rest.Length < text.Length;
                text = rest;
            }
            if (text.Length == length)
                break;
        }
        number = new WrittenNumber(text, sign is '-' or Minus, isPercent);
        return !text.IsEmpty && text[0] is not ('-' or '+' or Minus);
    }

    private static ReadOnlySpan<char> WithoutCurrency(ReadOnlySpan<char> text, string symbol)
    {
        if (symbol.Length > 0 && text.StartsWith(symbol, StringComparison.Ordinal))
            return text[symbol.Length..].TrimStart();
        if (symbol.Length > 0 && text.EndsWith(symbol, StringComparison.Ordinal))
            return text[..^symbol.Length].TrimEnd();
        int before = 0;
        while (before < text.Length && before < CodeLength && char.IsAsciiLetterUpper(text[before]))
            before++;
        // US$ and R$ have letters before the sign.
        if (before < text.Length && IsSign(text[before]))
            return text[(before + 1)..].TrimStart();
        if (before == CodeLength && (text.Length == CodeLength || !char.IsAsciiLetter(text[CodeLength])))
            return text[CodeLength..].TrimStart();
        if (text.Length > 0 && IsSign(text[^1]))
            return text[..^1].TrimEnd();
        bool hasCode = text.Length > CodeLength && !text[^CodeLength..].ContainsAnyExceptInRange('A', 'Z') && !char.IsAsciiLetter(text[^(CodeLength + 1)]);
        return hasCode ? text[..^CodeLength].TrimEnd() : text;
    }

    private static bool IsSign(char c) => char.GetUnicodeCategory(c) == UnicodeCategory.CurrencySymbol;
}
