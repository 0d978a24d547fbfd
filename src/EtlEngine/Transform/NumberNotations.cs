namespace EtlTools.Engine.Transform;

/// <summary>Notations of numbers in addition to the plain one. They can be combined.</summary>
[Flags]
internal enum NumberNotations
{
    /// <summary>Digits, point, sign and exponent of the culture.</summary>
    Plain = 0,

    /// <summary>A negative number in parentheses: <c>(1,234.56)</c>.</summary>
    Parentheses = 1,

    /// <summary>A sign after the number: <c>100.00-</c>.</summary>
    TrailingSign = 2,

    /// <summary>A currency before or after the number: <c>$5.00</c>, <c>5,00 EUR</c>.</summary>
    Currency = 4,

    /// <summary>A percent sign: <c>12.5 %</c> is 0.125.</summary>
    Percent = 8,

    /// <summary>Group separators in the invariant culture as well: <c>1,234.56</c>.</summary>
    Groups = 16,

    /// <summary>All of these.</summary>
    Any = Parentheses | TrailingSign | Currency | Percent | Groups,
}
