using System.Globalization;

namespace EtlTools.Engine.Transform;

/// <summary>Converts a culture's numbers to invariant ones.</summary>
internal sealed class CultureNumbers
{
    /// <summary>The longest accepted number, in characters.</summary>
    public const int MaxLength = 512;

    private readonly string _point;
    private readonly string _group;
    private readonly string _minus;
    private readonly int[] _groupSizes;

    private CultureNumbers(NumberFormatInfo format)
    {
        _point = format.NumberDecimalSeparator;
        _group = format.NumberGroupSeparator;
        _minus = format.NegativeSign;
        _groupSizes = format.NumberGroupSizes;
    }

    /// <summary>The numbers of the invariant culture with its group separators.</summary>
    public static CultureNumbers Invariant { get; } = new(NumberFormatInfo.InvariantInfo);

    /// <summary>A culture's numbers, or null for the invariant culture.</summary>
    public static CultureNumbers? Of(CultureInfo culture) => IsInvariant(culture) ? null : new CultureNumbers(culture.NumberFormat);

    /// <summary>A modified copy of the invariant culture keeps its name.</summary>
    private static bool IsInvariant(CultureInfo culture)
    {
        NumberFormatInfo format = culture.NumberFormat;
        NumberFormatInfo invariant = NumberFormatInfo.InvariantInfo;
        return culture.Name.Length == 0
            && format.NumberDecimalSeparator == invariant.NumberDecimalSeparator
            && format.NumberGroupSeparator == invariant.NumberGroupSeparator
            && format.NegativeSign == invariant.NegativeSign
            && format.NumberGroupSizes.AsSpan().SequenceEqual(invariant.NumberGroupSizes);
    }

    /// <summary>Writes a number without group separators, and with the point and the signs of the invariant culture.</summary>
    /// <param name="text">The number, without white space around it.</param>
    /// <param name="target">Room for as many characters.</param>
    /// <param name="length">How many were written.</param>
    /// <returns>False if a group separator is in the wrong place, or the point belongs to another culture.</returns>
    public bool TryToInvariant(ReadOnlySpan<char> text, Span<char> target, out int length)
    {
        length = 0;
        int digits = 0;
        int groups = 0;
        bool isWhole = true;
        while (!text.IsEmpty)
        {
            if (char.IsAsciiDigit(text[0]))
            {
                digits++;
                target[length++] = text[0];
                text = text[1..];
            }
            else if (isWhole && StartsWith(text, _point))
            {
                if (!IsGroup(digits, groups))
                    return false;
                isWhole = false;
                target[length++] = '.';
                text = text[_point.Length..];
            }
            else if (isWhole && digits > 0 && StartsWith(text, _group))
            {
                // Group sizes count from the right, so this group's size is known only when the number of groups is.
                if (!TryPassGroups(text, ref digits, ref groups))
                    return false;
                text = text[_group.Length..];
            }
            else
            {
                bool isExponent = text[0] is 'e' or 'E';
                if (isExponent && isWhole && !IsGroup(digits, groups))
                    return false;
                bool isMinus = StartsWith(text, _minus);
                if (!isMinus && !isExponent && text[0] is not ('+' or '-'))
                    return false;
                isWhole &= !isExponent;
                target[length++] = isMinus ? '-' : text[0];
                text = text[(isMinus ? _minus.Length : 1)..];
            }
        }
        return !isWhole || IsGroup(digits, groups);
    }

    /// <summary>At a separator: checks that the digits before it are an allowed group.</summary>
    private bool TryPassGroups(ReadOnlySpan<char> rest, ref int digits, ref int groups)
    {
        int after = 0;
        for (ReadOnlySpan<char> more = rest[_group.Length..]; !more.IsEmpty; more = more[1..])
        {
            if (StartsWith(more, _group))
                after++;
            else if (!char.IsAsciiDigit(more[0]))
                break;
        }
        int size = SizeOf(after + 1);
        bool fits = groups == 0 ? digits <= size || size == 0 : digits == size;
        groups++;
        digits = 0;
        return fits;
    }

    /// <summary>Whether these digits may be the last group before the point.</summary>
    private bool IsGroup(int digits, int groups) => groups == 0 || digits == SizeOf(0);

    /// <summary>The size of a group, counted from the point; 0 is any.</summary>
    private int SizeOf(int group) => _groupSizes.Length == 0 ? 0 : _groupSizes[Math.Min(group, _groupSizes.Length - 1)];

    /// <summary>All kinds of spaces are equivalent, and so are apostrophes, because files use any of them.</summary>
    private static bool StartsWith(ReadOnlySpan<char> text, string mark) =>
        mark.Length > 0 && (text.StartsWith(mark, StringComparison.Ordinal) || (mark.Length == 1 && AreAlike(mark[0], text[0])));

    private static bool AreAlike(char mark, char c) => (IsSpace(mark) && IsSpace(c)) || (IsApostrophe(mark) && IsApostrophe(c));

    private static bool IsSpace(char c) => c is ' ' or '\u00A0' or '\u2007' or '\u2009' or '\u202F';

    private static bool IsApostrophe(char c) => c is '\'' or '\u2019';
}
