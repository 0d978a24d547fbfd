namespace EtlTools.Engine.Extract.Csv;

/// <summary>What happens to a header that has a name twice.</summary>
internal enum DuplicateHeaders
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

/// <summary>What ends a row.</summary>
internal enum CsvNewLine
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

/// <summary>What happens to a row of too few or too many fields. Pad and Truncate can be combined.</summary>
[Flags]
internal enum MismatchedFields
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

/// <summary>What happens to a record with bytes that are not text.</summary>
internal enum InvalidBytesAction
{
    /// <summary>It is a failed record.</summary>
    Fail,

    /// <summary>The replacement character U+FFFD takes their place.</summary>
    Replace,
}
