namespace EtlTools.Help;

/// <summary>The help of one cmdlet. Texts are paragraphs without markup.</summary>
internal sealed record HelpPage
{
    public required string Name { get; init; }

    public required string Synopsis { get; init; }

    public required IReadOnlyList<string> Description { get; init; }

    public required IReadOnlyList<HelpParameter> Parameters { get; init; }

    public required IReadOnlyList<HelpType> Inputs { get; init; }

    public required IReadOnlyList<HelpType> Outputs { get; init; }

    public required IReadOnlyList<string> Notes { get; init; }

    public required IReadOnlyList<HelpExample> Examples { get; init; }

    public required IReadOnlyList<string> Links { get; init; }
}

/// <summary>What is piped in or comes out.</summary>
internal sealed record HelpType(string Name, IReadOnlyList<string> Text);

/// <summary>An example: the code, and what is said after it.</summary>
internal sealed record HelpExample(string Title, string Code, IReadOnlyList<string> Remarks);

/// <summary>A parameter and its facts; a fact that the page leaves out is the common case.</summary>
internal sealed record HelpParameter
{
    public required string Name { get; init; }

    public required IReadOnlyList<string> Text { get; init; }

    /// <summary>As PowerShell would resolve it, such as <c>string[]</c> or <c>System.Text.Encoding</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The parameter sets it is in; none for all.</summary>
    public IReadOnlyList<string> Sets { get; init; } = [];

    public bool Mandatory { get; init; }

    /// <summary>Null where it is given by name only.</summary>
    public int? Position { get; init; }

    /// <summary>As Get-Help prints it: <c>False</c>, <c>True (ByValue)</c> or <c>True (ByPropertyName)</c>.</summary>
    public string Pipeline { get; init; } = "False";

    public bool Wildcards { get; init; }

    public IReadOnlyList<string> Aliases { get; init; } = [];

    public string? Accepts { get; init; }

    public string? Default { get; init; }

    public bool IsSwitch => Type == "switch";

    /// <summary>The type as PowerShell's syntax shows it: without its namespace.</summary>
    public string ShortType => Type[(Type.LastIndexOf('.') + 1)..];
}
