<#
.SYNOPSIS
Writes the notices of third parties: the libraries of a published program, with copyright and licence, from the packages themselves.
.PARAMETER Dependencies
The program's .deps.json.
.PARAMETER Packages
NuGet's folder of packages.
#>
param([string] $Dependencies, [string] $Packages)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'

# A licence by its SPDX expression, where a package says no more than that.
$texts = @{}
foreach ($file in Get-ChildItem (Join-Path $PSScriptRoot 'licences') -Filter '*.txt') { $texts[$file.BaseName] = (Get-Content $file -Raw).Trim() }

$libraries = foreach ($library in (Get-Content $Dependencies -Raw | ConvertFrom-Json).libraries.PSObject.Properties | Where-Object { $_.Value.type -eq 'package' }) {
    $folder = Join-Path $Packages $library.Value.path
    $nuspec = ([xml](Get-Content (Join-Path $folder '*.nuspec') -Raw)).SelectSingleNode('/*/*[local-name()="metadata"]')
    $licence = $nuspec.SelectSingleNode('*[local-name()="license"]')
    if (-not $licence) { throw "The package $($library.Name) names no licence." }
    $own = Get-ChildItem $folder -File | Where-Object Name -Match '^licen[cs]e(\.(txt|md))?$' | Select-Object -First 1
    $text = $own ? (Get-Content $own.FullName -Raw).Trim() : $null
    $expression = $licence.GetAttribute('type') -eq 'expression' ? $licence.InnerText : $null
    if ($expression -and $text -and -not $texts.ContainsKey($expression)) { $texts[$expression] = $text }
    [pscustomobject]@{
        Name       = $library.Name.Replace('/', ' ')
        Copyright  = $nuspec.SelectSingleNode('*[local-name()="copyright"]')?.InnerText ?? $nuspec.SelectSingleNode('*[local-name()="authors"]').InnerText
        Expression = $expression
        Text       = $text
    }
}

'EtlTools holds the libraries below. Each is under the licence named with it.'
foreach ($library in $libraries | Where-Object Expression) {
    ''
    $library.Name
    "    $($library.Copyright)"
    "    Licence: $($library.Expression)"
}
foreach ($library in $libraries | Where-Object { -not $_.Expression }) {
    ''
    '=' * 78
    $library.Name
    $library.Copyright
    ''
    $library.Text ?? $(throw "The package $($library.Name) holds no text of its licence.")
}
foreach ($expression in $libraries.Expression | Where-Object { $_ } | Sort-Object -Unique) {
    if (-not $texts.ContainsKey($expression)) { throw "No text of the licence $expression is at hand; add it to eng/licences." }
    ''
    '=' * 78
    "Licence $expression"
    ''
    $texts[$expression]
}
