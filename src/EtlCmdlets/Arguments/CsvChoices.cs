namespace EtlTools.Cmdlets;

/// <summary>What happens to a header that has a name twice.</summary>
public enum DuplicateHeaderBehavior
{
    /// <summary>The file is refused.</summary>
    Error,

    /// <summary>The later ones are called name_2, name_3 and so on.</summary>
    Rename,

    /// <summary>The first column of the name is read, the others are not.</summary>
    UseFirst,

    /// <summary>The last column of the name is read, the others are not.</summary>
    UseLast,
}

/// <summary>What happens to a row of too few or too many fields.</summary>
[Flags]
public enum MismatchedFieldAction
{
    /// <summary>It is a failed record.</summary>
    Fail = 0,

    /// <summary>Missing fields are null.</summary>
    Pad = 1,

    /// <summary>Fields beyond the columns are cut off.</summary>
    Truncate = 2,

    /// <summary>Empty fields beyond the columns are left out, and so are columns at the end of the header that have no name.</summary>
    DropEmpty = 4,
}

/// <summary>What happens to a column that -Column, -Rename or -Type names and the input lacks.</summary>
public enum MissingColumnAction
{
    /// <summary>It is an error.</summary>
    Error,

    /// <summary>It is null.</summary>
    Null,

    /// <summary>The records are without it.</summary>
    Skip,
}

/// <summary>How numbers may be written beside the plain form.</summary>
[Flags]
public enum EtlNumberNotation
{
    /// <summary>Digits, point, sign and exponent, as the culture has them.</summary>
    Plain = 0,

    /// <summary>A negative number in parentheses: (1,234.56).</summary>
    Parentheses = 1,

    /// <summary>The sign behind the number: 100.00-.</summary>
    TrailingSign = 2,

    /// <summary>A currency before or behind it: $5.00, 5,00 EUR.</summary>
    Currency = 4,

    /// <summary>A percent sign: 12.5 % is 0.125.</summary>
    Percent = 8,

    /// <summary>Group separators in the invariant culture as well: 1,234.56.</summary>
    Groups = 16,

    /// <summary>All of these.</summary>
    Any = Parentheses | TrailingSign | Currency | Percent | Groups,
}

/// <summary>What ends a row.</summary>
public enum EtlNewLine
{
    /// <summary>LF, CRLF or CR, as the first row has it; a row that ends otherwise is a failed record.</summary>
    Auto,

    /// <summary>CRLF alone; a lone CR or LF is text.</summary>
    CrLf,

    /// <summary>LF, with or without a CR before it; a lone CR is text.</summary>
    Lf,

    /// <summary>CR; LF is text.</summary>
    Cr,
}

/// <summary>What happens to a record with bytes that are not text in the file's encoding.</summary>
public enum InvalidBytesAction
{
    /// <summary>It is a failed record.</summary>
    Fail,

    /// <summary>The replacement character U+FFFD takes their place.</summary>
    Replace,
}
