namespace EtlTools.Engine.Transform;

/// <summary>How people write numbers beside the plain form. Any of them can be combined.</summary>
[Flags]
internal enum NumberNotations
{
    /// <summary>Digits, point, sign and exponent, as the culture has them.</summary>
    Plain = 0,

    /// <summary>A negative number in parentheses: <c>(1,234.56)</c>.</summary>
    Parentheses = 1,

    /// <summary>The sign behind the number: <c>100.00-</c>.</summary>
    TrailingSign = 2,

    /// <summary>A currency before or behind it: <c>$5.00</c>, <c>5,00 EUR</c>.</summary>
    Currency = 4,

    /// <summary>A percent sign: <c>12.5 %</c> is 0.125.</summary>
    Percent = 8,

    /// <summary>Group separators in the invariant culture as well: <c>1,234.56</c>.</summary>
    Groups = 16,

    /// <summary>All of these.</summary>
    Any = Parentheses | TrailingSign | Currency | Percent | Groups,
}
